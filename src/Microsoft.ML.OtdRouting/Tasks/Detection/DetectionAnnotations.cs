using System.Globalization;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting;

/// <summary>Reads boxes of objects in the two forms in which most data sets have them.</summary>
public static class DetectionAnnotations
{
    /// <summary>Reads a folder of Pascal VOC: an XML file for each image.</summary>
    /// <param name="annotationFolder">The folder with the XML files, which are read in the order of their names.</param>
    /// <param name="imageFolder">The folder with the images.</param>
    /// <returns>A row for each file. Pixels of Pascal VOC are counted from 1, and both corners are in the box; the rows' boxes lie at the edges of pixels.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is no such XML; the message names it and what is wrong.</exception>
    public static IReadOnlyList<AnnotatedImage> ReadPascalVoc(string annotationFolder, string imageFolder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(annotationFolder);
        ArgumentNullException.ThrowIfNull(imageFolder);
        return Directory.GetFiles(annotationFolder, "*.xml").Order(StringComparer.Ordinal).Select(file => ReadVoc(file, imageFolder)).ToList();
    }

    /// <summary>Reads a file of COCO: one JSON document for all images.</summary>
    /// <param name="jsonFile">The file.</param>
    /// <param name="imageFolder">The folder with the images.</param>
    /// <returns>A row for each image, in the order of the file; images without objects among them.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no such JSON; the message names it and what is wrong.</exception>
    public static IReadOnlyList<AnnotatedImage> ReadCoco(string jsonFile, string imageFolder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(jsonFile);
        ArgumentNullException.ThrowIfNull(imageFolder);
        using var stream = File.OpenRead(jsonFile);
        try
        {
            using var document = JsonDocument.Parse(stream);
            return ReadCoco(document.RootElement, imageFolder);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"'{jsonFile}' is no annotation file of COCO: {e.Message}", e);
        }
    }

    private static AnnotatedImage ReadVoc(string file, string imageFolder)
    {
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XDocument.Load(reader).Root!;
            var objects = new ObjectRows();
            foreach (var one in root.Elements("object"))
            {
                var box = Child(one, "bndbox");
                var (x0, y0, x1, y1) = (Number(box, "xmin"), Number(box, "ymin"), Number(box, "xmax"), Number(box, "ymax"));
                var difficult = one.Element("difficult")?.Value.Trim() is "1";
                objects.Add(Child(one, "name").Value.Trim(), new Box(x0 - 1, y0 - 1, x1, y1), difficult ? TrueObjectKind.Difficult : TrueObjectKind.Counted);
            }

            return objects.ToImage(Path.Combine(imageFolder, Child(root, "filename").Value.Trim()));
        }
        catch (Exception e) when (e is XmlException or InvalidDataException)
        {
            throw new InvalidDataException($"'{file}' is no annotation of Pascal VOC: {e.Message}", e);
        }
    }

    private static List<AnnotatedImage> ReadCoco(JsonElement root, string imageFolder)
    {
        var names = root.GetProperty("categories").EnumerateArray().ToDictionary(c => c.GetProperty("id").GetInt64(), c => Text(c, "name"));
        var images = new List<(string File, ObjectRows Objects)>();
        var byId = new Dictionary<long, ObjectRows>();
        foreach (var image in root.GetProperty("images").EnumerateArray())
        {
            var (id, objects) = (image.GetProperty("id").GetInt64(), new ObjectRows());
            if (!byId.TryAdd(id, objects))
            {
                throw new InvalidDataException($"two images have the id {id}");
            }

            images.Add((Text(image, "file_name"), objects));
        }

        var annotations = root.TryGetProperty("annotations", out var all) ? all.EnumerateArray().ToArray() : [];
        foreach (var annotation in annotations)
        {
            var (image, category) = (annotation.GetProperty("image_id").GetInt64(), annotation.GetProperty("category_id").GetInt64());
            if (!byId.TryGetValue(image, out var objects) || !names.TryGetValue(category, out var name))
            {
                throw new InvalidDataException($"an annotation is of image {image} and category {category}, and one of them is not in the file");
            }

            var box = annotation.GetProperty("bbox").EnumerateArray().Select(v => v.GetSingle()).ToArray();
            if (box.Length != 4)
            {
                throw new InvalidDataException($"a box of image {image} has {box.Length} numbers; x, y, width and height are expected");
            }

            var crowd = annotation.TryGetProperty("iscrowd", out var value) && value.GetInt32() != 0;
            objects.Add(name, new Box(box[0], box[1], box[0] + box[2], box[1] + box[3]), crowd ? TrueObjectKind.Crowd : TrueObjectKind.Counted);
        }

        return images.ConvertAll(i => i.Objects.ToImage(Path.Combine(imageFolder, i.File)));
    }

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new InvalidDataException($"'{name}' is null");

    private static XElement Child(XElement parent, string name) =>
        parent.Element(name) ?? throw new InvalidDataException($"<{parent.Name.LocalName}> has no <{name}>");

    private static float Number(XElement parent, string name) =>
        float.TryParse(Child(parent, name).Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value)
            ? value
            : throw new InvalidDataException($"<{name}> is '{Child(parent, name).Value}'; a number is expected");

    private sealed class ObjectRows
    {
        private readonly List<string> _labels = [];
        private readonly List<float> _boxes = [];
        private readonly List<float> _kinds = [];

        public void Add(string label, in Box box, TrueObjectKind kind)
        {
            _labels.Add(label);
            _boxes.AddRange([box.X0, box.Y0, box.X1, box.Y1]);
            _kinds.Add((float)kind);
        }

        public AnnotatedImage ToImage(string path) => new() { Image = path, Label = [.. _labels], BoundingBoxes = [.. _boxes], Ignored = [.. _kinds] };
    }
}
