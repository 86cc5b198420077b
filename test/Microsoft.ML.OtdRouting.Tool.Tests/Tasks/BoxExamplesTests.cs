using Microsoft.ML.OtdRouting.Tool.Report;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Tasks;

public sealed class BoxExamplesTests
{
    private static readonly string[] _names = ["cat", "dog"];

    [Fact]
    public void Detections_that_are_sure_enough_are_shown_in_pixels_of_the_source()
    {
        ExampleBox box = Assert.Single(BoxExamples.Found([10.04f, 20, 40, 60.26f, 0, 0, 5, 5], [2, 1], [0.934f, 0.299f], _names));
        Assert.Equal(new ExampleBox(10, 20, 30, 40.3, "dog 93\u00a0%", false), box);
        // An image that failed has one detection of which all is missing, even its class.
        Assert.Empty(BoxExamples.Found([float.NaN, float.NaN, float.NaN, float.NaN], [0], [float.NaN], _names));
        Assert.Empty(BoxExamples.Found([], [], [], _names));
    }

    [Fact]
    public void Objects_that_do_not_count_say_so() => Assert.Equal(
        [new ExampleBox(1, 2, 3, 4, "cat", true), new ExampleBox(0, 0, 9, 9, "dog, which does not count", true)],
        BoxExamples.True([1, 2, 4, 6, 0, 0, 9, 9], [1, 2], [0, 2], _names));

    [Fact]
    public void Many_boxes_are_counted_and_none_is_said()
    {
        ExampleBox[] boxes = [.. Enumerable.Range(0, 11).Select(i => new ExampleBox(0, 0, 1, 1, $"{i}", true))];
        Assert.Equal("0, 1, 2, 3, 4, 5, 6, 7 and 3 more", BoxExamples.Names(boxes, isTrue: true));
        Assert.Equal("0, 1", BoxExamples.Names(boxes[..2], isTrue: true));
        Assert.Equal("nothing", BoxExamples.Names(boxes, isTrue: false));
    }
}
