using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

public class ClassOrderTests(ScoredOutputs outputs) : IClassFixture<ScoredOutputs>
{
    [Fact]
    public void Labels_in_the_order_of_the_classes_stay() => Assert.Null(Find(outputs.Observations));

    [Fact]
    public void Two_swapped_classes_are_found()
    {
        var order = Find(Relabelled([1, 0, 2]))!;
        Assert.Equal([1, 0, 2], order.ClassOfLabel);
        Assert.True(order.Rematched > order.Correct + 50);
    }

    [Fact]
    public void A_rotation_is_found_and_named_and_mended_where_that_is_asked_for()
    {
        var observations = Relabelled([1, 2, 0]);
        var order = Find(observations)!;
        Assert.Equal([2, 0, 1], order.ClassOfLabel);
        var classes = new ClassMap(ColourPictures.ClassNames, [0, 1, 2]);
        var task = new ClassificationTask();
        var error = Assert.Throws<ArgumentException>(() => order.Settle(observations, classes, task, "model.onnx", _ => { }));
        Assert.Contains("another order", error.Message);
        Assert.Contains("ClassNames", error.Message);
        string? warning = null;
        task.MatchClasses = true;
        var mended = order.Settle(observations, classes, task, "model.onnx", message => warning = message);
        Assert.Contains("matched so", warning);
        Assert.Equal([2, 0, 1], Enumerable.Range(0, 3).Select(mended.ClassOfKey));
        Assert.Null(Find(observations));
    }

    [Fact]
    public void Names_in_another_order_than_the_models_are_an_error_that_tells_the_order()
    {
        // The keys are blue, red, green; the names that were given are in the order green, red, blue.
        var classes = ClassMap.Match(["blue", "red", "green"], "label column 'Key'", 3, ["green", "red", "blue"]);
        var task = new ClassificationTask { ClassNames = ["green", "red", "blue"] };
        var observations = Relabelled([1, 0, 2]);
        var error = Assert.Throws<ArgumentException>(() => Find(observations)!.Settle(observations, classes, task, "model.onnx", _ => { }));
        Assert.Contains("The names in ClassNames are in another order", error.Message);
        Assert.Contains("if its classes are, in order, red, green, blue.", error.Message);
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

            Assert.Null(Find(observations));
        }
    }

    [Theory]
    [InlineData(0.4, 1)]
    [InlineData(0.4, 2)]
    [InlineData(0.4, 5)]
    [InlineData(0.4, 20)]
    [InlineData(0.6, 1)]
    [InlineData(0.6, 5)]
    [InlineData(0.8, 1)]
    [InlineData(0.8, 2)]
    public void Few_images_of_many_classes_in_the_right_order_move_nothing(double accuracy, int rowsOfClass)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            Assert.Null(ClassOrder.Find(Answers(1000, rowsOfClass, 100, accuracy, Enumerable.Range(0, 1000).ToArray(), seed), 1000));
        }
    }

    [Theory]
    [InlineData(0.4, 1)]
    [InlineData(0.4, 2)]
    [InlineData(0.8, 1)]
    [InlineData(0.8, 2)]
    public void Few_images_of_many_classes_in_another_order_are_an_error_and_never_matched(double accuracy, int rowsOfClass)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var order = Enumerable.Range(0, 1000).ToArray();
            new Random(seed).Shuffle(order);
            var answers = Answers(1000, rowsOfClass, 100, accuracy, order, seed);
            var found = ClassOrder.Find(answers, 1000);
            if (found is null)
            {
                // One image of nearly every class at 40 %: too little to tell another order, but the order that is given is no better than chance.
                Assert.Contains("chance level", Assert.Throws<ArgumentException>(
                    () => ChanceLevel.Refuse(answers, 1000, new Resolution("model.onnx", 16))).Message);
            }
            else
            {
                Assert.Equal(Enumerable.Range(0, 1000), found.ClassOfLabel);
                Assert.True(found.Doubt!.Moved > found.Doubt.Stayed);
            }
        }
    }

    [Theory]
    [InlineData(0.4, 3)]
    [InlineData(0.6, 2)]
    [InlineData(0.8, 2)]
    public void Half_of_many_classes_in_another_order_are_an_error_too(double accuracy, int rowsOfClass)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var order = Enumerable.Range(0, 1000).ToArray();
            new Random(seed).Shuffle(order.AsSpan(0, 500));
            var found = ClassOrder.Find(Answers(1000, rowsOfClass, 100, accuracy, order, seed), 1000)!;
            Assert.NotNull(found.Doubt);
            Assert.Equal(Enumerable.Range(0, 1000), found.ClassOfLabel);
        }
    }

    [Fact]
    public void Classes_without_doubt_do_not_move_alone_where_others_seem_to_move_too()
    {
        // Two frequent classes are swapped without doubt, and 103 rare ones are in another order as well.
        var order = Enumerable.Range(0, 105).Select(c => c < 2 ? 1 - c : 2 + ((c - 2 + 7) % 103)).ToArray();
        var answers = Answers(105, 2, 0, 0.8, order, seed: 2, spread: 0).Concat(Enumerable.Range(0, 80).Select(i => new LabelledAnswer(i % 2, 1 - (i % 2)))).ToList();
        var found = ClassOrder.Find(answers, 105)!;
        Assert.Equal([1, 0, .. Enumerable.Range(2, 103)], found.ClassOfLabel);
        var classes = new ClassMap(ClassMap.Positions(105), [.. Enumerable.Range(0, 105)]);
        Assert.Contains("too few rows of each class", Assert.Throws<ArgumentException>(
            () => found.Settle(outputs.Observations, classes, new ClassificationTask { MatchClasses = true }, "model.onnx", _ => { })).Message);
    }

    [Fact]
    public void Doubt_about_any_class_is_an_error_also_where_matching_is_asked_for()
    {
        var order = Enumerable.Range(0, 1000).Select(c => (c + 1) % 1000).ToArray();
        var found = ClassOrder.Find(Answers(1000, 2, 0, 0.7, order, seed: 1), 1000)!;
        var classes = new ClassMap(ClassMap.Positions(1000), [.. Enumerable.Range(0, 1000)]);
        var error = Assert.Throws<ArgumentException>(
            () => found.Settle(outputs.Observations, classes, new ClassificationTask { MatchClasses = true }, "model.onnx", _ => { }));
        Assert.Contains("seem to be in another order", error.Message);
        Assert.Contains("too few rows of each class", error.Message);
        Assert.Contains("ClassNames", error.Message);
        string? warning = null;
        var named = new ClassificationTask { ClassNames = ClassMap.Positions(1000) };
        Assert.Same(classes, found.Settle(outputs.Observations, classes, named, "model.onnx", message => warning = message));
        Assert.Contains("Look whether ClassNames", warning);
    }

    /// <summary>Where a class is given the place of the one that it is most often taken for, 40 rows may leave a doubt: an error, never a wrong match.</summary>
    [Theory]
    [InlineData(10, 40, 0.8, 15)]
    [InlineData(10, 40, 0.9, 20)]
    [InlineData(100, 40, 0.9, 19)]
    [InlineData(1000, 40, 0.95, 20)]
    public void Many_images_of_each_class_are_matched(int classes, int rowsOfClass, double accuracy, int least)
    {
        var draws = classes < 1000 ? 20 : 2;
        var matched = Enumerable.Range(0, draws).Count(seed =>
        {
            var order = Enumerable.Range(0, classes).ToArray();
            new Random(seed).Shuffle(order);
            var found = ClassOrder.Find(Answers(classes, rowsOfClass, 0, accuracy, order, seed, spread: 0), classes)!;
            Assert.All(Enumerable.Range(0, classes), c => Assert.True(found.ClassOfLabel[c] == order[c] || found.ClassOfLabel[c] == c));
            return found.Doubt is null && found.ClassOfLabel.SequenceEqual(order);
        });
        Assert.InRange(matched, Math.Min(least, draws), draws);
    }

    [Fact]
    public void Classes_move_alone_where_nothing_speaks_against_the_others()
    {
        int[] order = [1, 0, .. Enumerable.Range(2, 48)];
        var found = ClassOrder.Find(Answers(50, 40, 0, 0.8, order, seed: 4, spread: 0), 50)!;
        Assert.Null(found.Doubt);
        Assert.Equal(order, found.ClassOfLabel);
    }

    private static ClassOrder? Find(Observations observations) => ClassOrder.Find(LabelledAnswer.Read(observations, 3), 3);

    /// <summary>
    /// Answers of a model that takes most of its mistakes for one of the four classes that are like the true one, one of them above all: as real
    /// models do, which makes mistakes agree with each other.
    /// </summary>
    private static List<LabelledAnswer> Answers(int classes, int rowsOfClass, int more, double accuracy, int[] classOfLabel, int seed, double spread = 0.3)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, classes * rowsOfClass).Select(i => i % classes).Concat(Enumerable.Range(0, more).Select(_ => random.Next(classes))).Select(label =>
        {
            var truth = classOfLabel[label];
            var first = truth / 5 * 5;
            // Some classes are much harder than others.
            var own = Math.Clamp(accuracy + (spread * (((truth * 7919 % 11) / 5.0) - 1)), 0.1, 0.97);
            var answer = random.NextDouble() < own ? truth
                : random.NextDouble() < 0.5 ? first + ((truth + 1) % 5)
                : random.NextDouble() < 0.7 ? first + random.Next(5)
                : random.Next(classes);
            return new LabelledAnswer(label, answer);
        }).ToList();
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
