using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

public class ClassOrderTests(ScoredOutputs outputs) : IClassFixture<ScoredOutputs>
{
    [Fact]
    public void Labels_in_the_order_of_the_classes_stay() => Assert.Null(ClassOrder.Find(outputs.Observations, 3));

    [Fact]
    public void Two_swapped_classes_are_found()
    {
        var order = ClassOrder.Find(Relabelled([1, 0, 2]), 3)!;
        Assert.Equal([1, 0, 2], order.ClassOfLabel);
        Assert.True(order.Rematched > order.Correct + 50);
    }

    [Fact]
    public void A_rotation_is_found_and_named_and_mended_where_that_is_asked_for()
    {
        var observations = Relabelled([1, 2, 0]);
        var order = ClassOrder.Find(observations, 3)!;
        Assert.Equal([2, 0, 1], order.ClassOfLabel);
        var classes = new ClassMap(ColourPictures.ClassNames, [0, 1, 2]);
        var error = Assert.Throws<ArgumentException>(() => order.Settle(observations, classes, match: false, "Label", "model.onnx", _ => { }));
        Assert.Contains("another order", error.Message);
        Assert.Contains("ClassNames", error.Message);
        string? warning = null;
        var mended = order.Settle(observations, classes, match: true, "Label", "model.onnx", message => warning = message);
        Assert.Contains("matched so", warning);
        Assert.Equal([2, 0, 1], Enumerable.Range(0, 3).Select(mended.ClassOfKey));
        Assert.Null(ClassOrder.Find(observations, 3));
    }

    [Fact]
    public void The_mistakes_of_a_poor_model_are_no_order()
    {
        // Labels that have nothing to do with the pictures: whatever matching is best on them is chance.
        var random = new Random(3);
        for (var draw = 0; draw < 50; draw++)
        {
            var observations = outputs.Read(ColourPictures.Rows(60, seed: draw), weighted: false);
            for (var row = 0; row < observations.Rows; row++)
            {
                observations.Target(row)[0] = random.Next(3);
            }

            Assert.Null(ClassOrder.Find(observations, 3));
        }
    }

    private Observations Relabelled(int[] labelOfClass)
    {
        var observations = outputs.Read(ColourPictures.Rows(300, seed: 9), weighted: false);
        for (var row = 0; row < observations.Rows; row++)
        {
            observations.Target(row)[0] = labelOfClass[(int)observations.Target(row)[0]];
        }

        return observations;
    }
}
