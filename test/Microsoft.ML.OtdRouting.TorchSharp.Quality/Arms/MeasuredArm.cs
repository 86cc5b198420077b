using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>What an arm's networks get right on the test images, alone, together and routed by the product.</summary>
internal sealed class MeasuredArm : IDisposable
{
    private readonly ImageSplit _split;
    private readonly FittedFamily _router;
    private readonly Lazy<Evaluation.ComparedRows> _rows;

    /// <param name="options">Where outputs are kept.</param>
    /// <param name="split">The images.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="trained">What became of it.</param>
    public MeasuredArm(MeasuringOptions options, ImageSplit split, TrainingArm arm, TrainedArm trained)
    {
        _split = split;
        (Arm, Trained) = (arm, trained);
        Family = ScoredFamily.Open($"{split.Name}-{arm.Name}", [.. trained.Files.Zip(split.Sizes, Model)], options.Cache, () => split.Scored);
        var test = Family.Observe(split.Test);
        var singles = RouteEnumeration.Singles(Family.Scorers.Names, Family.Scorers.Costs);
        var quality = Family.Task.AsTheyAre(test, singles).Outcomes(test).Quality;
        Singles = [.. singles.Select((_, k) => Enumerable.Range(0, test.Rows).Select(row => quality[row, k] > 0).ToArray())];
        Together = AnswerTogether(test);
        _router = new FittedFamily(Family, Family.Observe(split.Fitting));
        _rows = new Lazy<Evaluation.ComparedRows>(() => _router.Rows(test));
    }

    public TrainingArm Arm { get; }

    public TrainedArm Trained { get; }

    public ScoredFamily Family { get; }

    /// <summary>By size and test image: whether the size alone is right.</summary>
    public IReadOnlyList<bool[]> Singles { get; }

    /// <summary>By test image: whether the mean of the probabilities of all sizes is right.</summary>
    public bool[] Together { get; }

    /// <summary>A model as the library takes it.</summary>
    public static Resolution Model(string file, int size) => new(file, size) { OutputName = "logits", EmbeddingName = "embedding" };

    /// <summary>Routed by the product at a budget: whether each test image is right, and the mean cost as a part of the largest size's.</summary>
    public (bool[] Right, double Cost) Route(double budget)
    {
        var (choices, outcomes, _) = _router.Choose(_rows.Value, budget);
        return ([.. Enumerable.Range(0, Together.Length).Select(row => outcomes.Quality[row, choices[row]] > 0)], choices.MeanCost / Family.LargestCost);
    }

    /// <summary>The sizes that the arm's own predictor chooses on the test images: whether each is right, and the mean cost, that of the predictor included.</summary>
    /// <param name="predictorCost">Cost of the predictor, as a part of the largest size's.</param>
    public (bool[] Right, double Cost) OwnChoice(double predictorCost)
    {
        var chosen = _split.Test.Select(row => Trained.Chosen[row]).ToArray();
        return (
            [.. chosen.Select((size, row) => Singles[size][row])],
            predictorCost + (chosen.Average(size => Family.Scorers.Costs[size]) / Family.LargestCost));
    }

    public void Dispose() => Family.Dispose();

    private bool[] AnswerTogether(Tasks.Observations test)
    {
        var sizes = Enumerable.Range(0, Family.Scorers.Costs.Count).ToArray();
        var labels = Family.Task.Labels(test);
        var values = new LogProbabilityTable(test, Family.Task, labels, AlignedBy.Nothing, [.. sizes.Select(_ => 1f)], sizes);
        var own = new float[values.Classes];
        return [.. Enumerable.Range(0, test.Rows).Select(row =>
        {
            var sum = new double[values.Classes];
            foreach (var size in sizes)
            {
                values.Read(size, row, own);
                for (var c = 0; c < sum.Length; c++)
                {
                    sum[c] += Math.Exp(own[c]);
                }
            }

            return Array.IndexOf(sum, sum.Max()) == labels.Truth[row];
        })];
    }
}
