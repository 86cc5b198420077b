using Microsoft.ML.OtdRouting.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

public class ChanceLevelTests
{
    private static readonly Resolution _resolution = new("net.onnx", 28);

    [Theory]
    [InlineData(2, 550)]
    [InlineData(3, 300)]
    [InlineData(10, 130)]
    [InlineData(1000, 60)]
    public void Answers_that_have_nothing_to_do_with_labels_are_refused_where_rows_can_tell(int classes, int rows)
    {
        var refused = Enumerable.Range(0, 200).Count(seed => Message(Random(classes, rows, 0, seed)) is not null);
        Assert.InRange(refused, 190, 200); // at a level of 1 %
        var message = Enumerable.Range(0, 200).Select(seed => Message(Random(classes, rows, 0, seed))).First(m => m is not null);
        Assert.Contains("'net.onnx'", message);
        Assert.Contains($"of {rows} labelled fitting images", message);
        Assert.Contains("ClassNames", message);
        Assert.Contains("Preprocessing", message);
        Assert.Contains("OutputKind", message);
    }

    [Theory]
    [InlineData(2, 550)]
    [InlineData(3, 300)]
    [InlineData(10, 130)]
    [InlineData(10, 5000)]
    [InlineData(1000, 60)]
    public void Poor_models_are_not_refused(int classes, int rows) =>
        Assert.All(Enumerable.Range(0, 500), seed => Assert.Null(Message(Random(classes, rows, skill: 0.3, seed))));

    [Theory]
    [InlineData(2, 400)]
    [InlineData(3, 200)]
    [InlineData(10, 60)]
    [InlineData(1000, 20)]
    public void Few_rows_prove_nothing(int classes, int rows) =>
        Assert.All(Enumerable.Range(0, 200), seed => Assert.Null(Message(Random(classes, rows, skill: 0, seed))));

    [Fact]
    public void A_model_that_always_says_the_same_is_refused_however_frequent_that_class_is()
    {
        var answers = Enumerable.Range(0, 1000).Select(i => new LabelledAnswer(i % 10 < 6 ? 0 : i % 10, 0)).ToList();
        Assert.Contains("right on 600 of 1000 labelled fitting images, where 600 would be by chance", Message((10, answers)));
    }

    [Fact]
    public void Images_of_one_class_show_nothing()
    {
        var random = new Random(1);
        Assert.Null(Message((10, Enumerable.Range(0, 5000).Select(_ => new LabelledAnswer(3, random.Next(10) < 8 ? 3 : random.Next(10))).ToList())));
        Assert.Null(Message((10, [])));
    }

    [Fact]
    public void A_model_that_is_worse_than_chance_is_refused() =>
        Assert.NotNull(Message((5, Enumerable.Range(0, 500).Select(i => new LabelledAnswer(i % 5, (i + 1) % 5)).ToList())));

    private static (int Classes, List<LabelledAnswer> Answers) Random(int classes, int rows, double skill, int seed)
    {
        var random = new Random(seed);
        return (classes, Enumerable.Range(0, rows).Select(_ =>
        {
            var label = random.Next(classes);
            return new LabelledAnswer(label, random.NextDouble() < skill ? label : random.Next(classes));
        }).ToList());
    }

    private static string? Message((int Classes, List<LabelledAnswer> Answers) sample) =>
        Record.Exception(() => ChanceLevel.Refuse(sample.Answers, sample.Classes, _resolution))?.Message;
}
