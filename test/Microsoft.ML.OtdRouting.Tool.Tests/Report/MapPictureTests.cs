using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

public sealed class MapPictureTests
{
    [Fact]
    public void The_lowest_value_has_the_first_colour_and_the_highest_the_last()
    {
        using MLImage picture = new MapPicture(ColourRamp.OfErrors, 2, 6).Draw([2, 6, -5, 100, float.NaN, 4], 3);
        Assert.Equal((3, 2), (picture.Width, picture.Height));
        byte[][] pixels = [.. picture.Pixels.ToArray().Chunk(4)];
        Assert.Equal([255, 255, 255, 255], pixels[0]);
        Assert.Equal([40, 4, 24, 255], pixels[1]);
        Assert.Equal(pixels[0], pixels[2]);
        Assert.Equal(pixels[1], pixels[3]);
        Assert.Equal([138, 138, 138, 255], pixels[4]);
        Assert.Equal([230, 110, 40, 255], pixels[5]);
    }

    [Fact]
    public void Colours_are_told_with_their_values()
    {
        ColourScale scale = MapPicture.Of(ColourRamp.OfValues, [[.. Enumerable.Range(0, 101).Select(i => (float)i)]]).Scale("Predicted", MapPicture.Plain);
        Assert.Equal(("Predicted", "1", "99"), (scale.Name, scale.Low, scale.High));
        Assert.Equal(("#1a1042", "#f8e858"), (scale.Colours[0], scale.Colours[^1]));
        Assert.Equal("0", MapPicture.Of(ColourRamp.OfErrors, [[1, 2, 3]], low: 0).Scale("Error", MapPicture.Plain).Low);
    }

    [Fact]
    public void Maps_without_any_value_are_grey_and_those_of_one_value_have_a_scale()
    {
        float[] none = [float.NaN, float.NaN];
        using MLImage picture = MapPicture.Of(ColourRamp.OfValues, [none]).Draw(none, 2);
        Assert.All(picture.Pixels.ToArray().Chunk(4), pixel => Assert.Equal([138, 138, 138, 255], pixel));
        using MLImage flat = MapPicture.Of(ColourRamp.OfValues, [[5, 5]]).Draw([5, 5], 2);
        Assert.Equal([26, 16, 66, 255], flat.Pixels[..4].ToArray());
        Assert.Equal("0", MapPicture.Of(ColourRamp.OfErrors, []).Scale("Error", MapPicture.Plain).Low);
    }

    [Fact]
    public void Large_maps_shrink_to_means_of_what_is_known()
    {
        float[] map = [.. Enumerable.Range(0, 144 * 36).Select(i => (float)(i % 144 / 2))];
        (map[0], map[1], map[144], map[145], map[2]) = (float.NaN, float.NaN, float.NaN, float.NaN, float.NaN);
        (float[] values, int width) = MapPicture.Shrink(map, 144);
        Assert.Equal((72, 72 * 18), (width, values.Length));
        Assert.True(float.IsNaN(values[0]));
        Assert.Equal(Enumerable.Range(1, 71).Select(i => (float)i), values[1..72]);
        Assert.Equal(Enumerable.Range(0, 72).Select(i => (float)i), values[^72..]);
        (values, width) = MapPicture.Shrink([1, 2, 3], 1);
        Assert.Equal(1, width);
        Assert.Equal([1, 2, 3], values);
    }
}
