using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>Annotations of Pascal VOC and COCO.</summary>
public class DetectionAnnotationsTests
{
    private const string Voc = """
        <annotation><folder>x</folder><filename>b.jpg</filename><size><width>50</width><height>40</height><depth>3</depth></size>
          <object><name>cat</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>20</ymax></bndbox></object>
          <object><name>dog</name><difficult>1</difficult><bndbox><xmin>11.5</xmin><ymin>12</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>
        </annotation>
        """;

    private const string Coco = """
        {"images":[{"id":7,"file_name":"a.jpg"},{"id":9,"file_name":"b.jpg"}],
         "categories":[{"id":3,"name":"cat"},{"id":80,"name":"dog"}],
         "annotations":[{"image_id":9,"category_id":80,"bbox":[1.5,2,10,20],"iscrowd":0},{"image_id":9,"category_id":3,"bbox":[0,0,5,5],"iscrowd":1}]}
        """;

    [Fact]
    public void A_folder_of_Pascal_VOC_is_read()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("2.xml"), Voc);
        File.WriteAllText(folder.File("1.xml"), "<annotation><filename>a.jpg</filename></annotation>");
        var images = DetectionAnnotations.ReadPascalVoc(Path.GetDirectoryName(folder.File("2.xml"))!, "images");
        Assert.Equal([Path.Combine("images", "a.jpg"), Path.Combine("images", "b.jpg")], images.Select(i => i.Image));
        Assert.Empty(images[0].Label);
        Assert.Equal(["cat", "dog"], images[1].Label);
        Assert.Equal([0, 1, 10, 20, 10.5f, 11, 30, 40], images[1].BoundingBoxes);
        Assert.Equal([0, 1], images[1].Ignored);
    }

    [Theory]
    [InlineData("<annotation></annotation>", "has no <filename>")]
    [InlineData("<annotation><filename>a</filename><object><name>x</name></object></annotation>", "has no <bndbox>")]
    [InlineData("<annotation><filename>a</filename><object><bndbox><xmin>?</xmin></bndbox></object></annotation>", "<xmin> is '?'")]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'c'>]><annotation><filename>&b;</filename></annotation>", "DTD")]
    [InlineData("no XML", "1.xml")]
    public void What_is_no_Pascal_VOC_is_refused_by_name(string text, string expected)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("1.xml"), text);
        var error = Assert.Throws<InvalidDataException>(() => DetectionAnnotations.ReadPascalVoc(Path.GetDirectoryName(folder.File("1.xml"))!, ""));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("1.xml", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_COCO_is_read()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("all.json"), Coco);
        var images = DetectionAnnotations.ReadCoco(folder.File("all.json"), "images");
        Assert.Equal([Path.Combine("images", "a.jpg"), Path.Combine("images", "b.jpg")], images.Select(i => i.Image));
        Assert.Empty(images[0].BoundingBoxes);
        Assert.Equal(["dog", "cat"], images[1].Label);
        Assert.Equal([1.5f, 2, 11.5f, 22, 0, 0, 5, 5], images[1].BoundingBoxes);
        Assert.Equal([0, 2], images[1].Ignored);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"images\":[]}")]
    [InlineData("{\"images\":[{\"id\":1,\"file_name\":\"a\"},{\"id\":1,\"file_name\":\"b\"}],\"categories\":[]}")]
    [InlineData("{\"images\":[],\"categories\":[],\"annotations\":[{\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1,1]}]}")]
    [InlineData("{\"images\":[{\"id\":1,\"file_name\":\"a\"}],\"categories\":[{\"id\":1,\"name\":\"x\"}],\"annotations\":[{\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,1]}]}")]
    [InlineData("{\"images\":[{\"id\":\"1\",\"file_name\":null}],\"categories\":[]}")]
    [InlineData("{")]
    public void What_is_no_COCO_is_refused_by_name(string text)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("all.json"), text);
        var error = Assert.Throws<InvalidDataException>(() => DetectionAnnotations.ReadCoco(folder.File("all.json"), ""));
        Assert.Contains("all.json", error.Message, StringComparison.Ordinal);
    }
}
