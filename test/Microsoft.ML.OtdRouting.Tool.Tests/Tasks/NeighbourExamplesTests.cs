using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Report;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Tasks;

public sealed class NeighbourExamplesTests
{
    private static readonly LabelledImage _cat = new("folder/a.png", "cat", "a.png"), _dog = new("folder/b.png", "dog", "b.png");

    [Fact]
    public void Neighbours_of_the_same_label_are_right_and_without_labels_none_is()
    {
        Assert.Equal(new ExamplePicture("uri", "cat", true), NeighbourExamples.Neighbour(_cat, _cat, "uri", hasLabels: true));
        Assert.Equal(new ExamplePicture("uri", "dog", false), NeighbourExamples.Neighbour(_cat, _dog, "uri", hasLabels: true));
        Assert.Equal(new ExamplePicture("uri", "b.png", null), NeighbourExamples.Neighbour(_cat, _dog, "uri", hasLabels: false));
    }

    [Fact]
    public void What_was_found_is_told_in_words()
    {
        Assert.Equal("A cat; 2 of the 3 nearest images are, too.", NeighbourExamples.Describe(_cat, [_cat, _dog, _cat], hasLabels: true));
        Assert.Equal("2 nearest images.", NeighbourExamples.Describe(_cat, [_cat, _dog], hasLabels: false));
        Assert.Equal("No neighbour.", NeighbourExamples.Describe(_cat, [], hasLabels: true));
    }
}
