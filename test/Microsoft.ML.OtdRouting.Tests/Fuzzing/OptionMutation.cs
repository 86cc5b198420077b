using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>
/// Changes one to three of the options of a router that works. Most values are ones that somebody might want; some are extremes, and some contradict the
/// data or each other.
/// </summary>
internal static class OptionMutation
{
    private static readonly double[] Extremes = [double.NaN, double.NegativeInfinity, -1, 0, double.Epsilon, 1e308, double.PositiveInfinity];
    private static readonly int[] ExtremeNumbers = [int.MinValue, -1, 0, 33, 1025, int.MaxValue];
    private static readonly string[] Names = ["Image", "Key", "Label", "Score", "Route", "Weight", "Name", "Number", "Absent", "", " ", null!, "a\0b", "PredictedLabel"];

    private static readonly Action<OtdResolutionRouter.Options>[] Nulls =
        [o => o.Task = null!, o => o.Budget = null!, o => o.Prior = null!, o => o.Fitting = null!, o => o.Scoring = null!, o => o.Decoding = null!];

    private static readonly Action<OtdResolutionRouter.Options, Random>[] Changes =
    [
        (o, r) => o.ImageColumnName = Pick(r, "Image", Names),
        (o, r) => o.RouteColumnName = Pick(r, "Way", Names),
        (o, r) => o.RouteScoresColumnName = Pick(r, "Worth", Names),
        (o, r) => o.CostColumnName = Pick(r, "Price", Names),
        (o, r) => o.Classification().ScoreColumnName = Pick(r, "Probabilities", Names),
        (o, r) => o.Classification().PredictedLabelColumnName = Pick(r, "Answer", Names),
        (o, r) => o.Classification().LabelColumnName = Pick(r, "Key", Names),
        (o, r) => o.Fitting.ExampleWeightColumnName = Pick(r, "Weight", Names),
        (o, r) => o.Classification().ClassNames = r.Next(6) switch
        {
            0 => null, 1 => [], 2 => ["red", "green"], 3 => ["red", "green", null!], 4 => ["blue", "red", "green"], _ => [.. ColourPictures.ClassNames],
        },
        (o, r) => o.Classification().MatchClasses = r.Next(2) == 0,
        (o, r) => o.Classification().Background = r.Next(3) == 0 ? Number(r, 0, 3) : null,
        (o, r) => o.Classification().Loss = r.Next(6) switch
        {
            0 => RoutingLoss.ExpectedError, 1 => RoutingLoss.CrossEntropy, 2 => RoutingLoss.ZeroOne, 3 => null!,
            4 => RoutingLoss.Custom("own", (p, label, _) => 1 - p[label]), _ => RoutingLoss.Custom("none", (_, label, _) => label == 1 ? float.NaN : 0),
        },
        (o, r) => o.Classification().Teacher = r.Next(5) switch
        {
            0 => ClassificationTeacher.Largest, 1 => ClassificationTeacher.Mean, 2 => ClassificationTeacher.Weighted,
            3 => ClassificationTeacher.Column(Pick(r, "Key", Names)), _ => null,
        },
        (o, r) => o.Budget = r.Next(4) switch
        {
            0 => ComputeBudget.Flops(Real(r, 1000, 5000)), 1 => ComputeBudget.Milliseconds(Real(r, 0.001, 0.1)), _ => ComputeBudget.FractionOfLargest(Real(r, 0.05, 1.6)),
        },
        (o, r) =>
        {
            var without = r.Next(3) > 0;
            o.Budget = without ? null : o.Budget;
            o.Quality = r.Next(2) == 0
                ? QualityTarget.WithinLargest(Real(r, 1, 30), Real(r, 0.6, 0.99), Real(r, 0.1, 0.7))
                : QualityTarget.AtLeast(Real(r, 0.3, 0.9), Real(r, 0.6, 0.99), Real(r, 0.1, 0.7));
        },
        (o, r) => o.Prior = r.Next(4) switch
        {
            0 => RoutingPrior.BudgetOnly(Real(r, 0, 0.3)), 1 => RoutingPrior.Budget(Shares(r)), 2 => RoutingPrior.Explicit(Shares(r)), _ => RoutingPrior.BudgetOnly(0, Shares(r)),
        },
        (o, r) => o.Enforcement = (BudgetEnforcement)Number(r, 0, 2),
        (o, r) => o.ImageFit = (ImageFit)Number(r, 0, 2),
        (o, r) => o.OnRowFailure = (RowFailureAction)Number(r, 0, 3),
        (o, r) => o.Fitting.FoldCount = Number(r, 2, 21),
        (o, r) => o.Fitting.MaxRouteSize = Number(r, 1, 5),
        (o, r) => o.Fitting.PruneRoutes = r.Next(2) == 0,
        (o, r) => o.Fitting.Seed = Number(r, -5, 5),
        (o, r) => o.Scoring.BatchSize = Number(r, 1, 100),
        (o, r) => o.Scoring.WindowSize = Number(r, 1, 1000),
        (o, r) => o.Scoring.IntraOpNumThreads = Number(r, 0, 4),
        (o, r) => o.Decoding = new ImageDecodingOptions { MaxPixels = Number(r, 1, 100), ApplyOrientation = r.Next(2) == 0 },
        (o, r) => o.CancellationToken = new CancellationToken(canceled: r.Next(3) == 0),
        (o, r) => o.Resolutions.RemoveAt(r.Next(o.Resolutions.Count)),
        (o, r) => o.Resolutions.Insert(r.Next(o.Resolutions.Count), r.Next(4) == 0 ? null! : o.Resolutions[0]),
        (o, r) =>
        {
            var at = r.Next(o.Resolutions.Count);
            o.Resolutions[at] = o.Resolutions[at] is { } old ? Resolution(old, r) : null!;
        },
        (o, r) => Nulls[r.Next(Nulls.Length)](o),
    ];

    /// <summary>Changes the options. A value that a property refuses at once throws.</summary>
    public static void Of(OtdResolutionRouter.Options options, Random random)
    {
        for (var change = random.Next(3); change >= 0; change--)
        {
            // Two changes of one option, or of what another has made null, are the caller's mistakes, and not of interest.
            if (options.Task is not null && options.Fitting is not null && options.Scoring is not null && options.Resolutions.Count > 0)
            {
                Changes[random.Next(Changes.Length)](options, random);
            }
        }
    }

    private static string Pick(Random random, string usual, string[] others) => random.Next(2) == 0 ? usual : others[random.Next(others.Length)];

    private static int Number(Random random, int least, int end) => random.Next(6) == 0 ? ExtremeNumbers[random.Next(ExtremeNumbers.Length)] : random.Next(least, end);

    private static double Real(Random random, double least, double most) =>
        random.Next(8) == 0 ? Extremes[random.Next(Extremes.Length)] : least + (random.NextDouble() * (most - least));

    /// <summary>Of four routes, as many as the router has without pruning, or of another number; sometimes not summing to one.</summary>
    private static double[] Shares(Random random)
    {
        double[] shares = [.. Enumerable.Range(0, random.Next(4) == 0 ? random.Next(6) : 4).Select(_ => random.Next(12) == 0 ? Real(random, 0, 1) : 0.1 + random.NextDouble())];
        var sum = random.Next(4) == 0 ? 1 : shares.Sum();
        return [.. shares.Select(s => s / sum)];
    }

    private static Resolution Resolution(Resolution old, Random random) => random.Next(9) switch
    {
        0 => new Resolution(old.ModelFile, Number(random, old.Height, old.Height + 2)),
        1 => new Resolution(old.ModelFile, old.Height, Number(random, old.Width, old.Width + 2)),
        2 => new Resolution(Pick(random, old.ModelFile, ["", "absent.onnx", "/dev/null", AppContext.BaseDirectory]), old.Height),
        3 => new Resolution(old.ModelFile, old.Height) { Name = Pick(random, $"small {old.Name}", Names) },
        4 => new Resolution(old.ModelFile, old.Height) { OutputKind = (ModelOutputKind)Number(random, 0, 2) },
        5 => new Resolution(old.ModelFile, old.Height) { Flops = Real(random, 100, 5000) },
        6 => new Resolution(old.ModelFile, old.Height) { InputName = Pick(random, "image", Names), OutputName = Pick(random, "logits", Names) },
        7 => new Resolution(old.ModelFile, old.Height) { EmbeddingName = Pick(random, "logits", Names) },
        _ => new Resolution(old.ModelFile, old.Height)
        {
            Preprocessing = new ImagePreprocessing
            {
                Scale = (float)Real(random, 0.9, 1.1), ChannelOrder = (ChannelOrder)Number(random, 0, 2), Layout = (PixelLayout)(random.Next(8) == 0 ? 1 : 0),
            },
        },
    };
}
