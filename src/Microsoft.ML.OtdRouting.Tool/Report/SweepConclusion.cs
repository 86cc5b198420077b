using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What a curve says, in plain words. A difference counts where its paired interval does not hold 0; any other is said not to be told apart.</summary>
internal static class SweepConclusion
{
    /// <summary>
    /// The outcome in one sentence: where the router reaches the largest resolution, or how close it comes, and the strongest of what can be had there
    /// without it. The largest resolution is taken as it is or calibrated on the same images as the router, whichever is better.
    /// </summary>
    /// <param name="points">The curve.</param>
    /// <param name="images">Number of test images.</param>
    /// <param name="words">The words in which the measure is told.</param>
    public static string Of(IReadOnlyList<SweepPoint> points, int images, MeasureWords words)
    {
        SweepPoint? reached = points.Where(p => p.Routed.CostFraction < 1 && p.Routed.Accuracy >= p.BestLargest.Accuracy).MinBy(p => p.Routed.CostFraction);
        SweepPoint told = reached ?? points.MaxBy(p => p.Routed.Accuracy)!;
        PolicyPoint largest = told.BestLargest;
        string name = largest == told.Largest ? "the largest resolution" : "the largest resolution calibrated on the same images";
        string cost = Percent(told.Routed.CostFraction, 0), right = Percent(told.Routed.Accuracy, 1), doubt = Doubt(largest, images);
        if (reached is not null)
        {
            string how = doubt.Length == 0 && reached.Routed.Accuracy > largest.Accuracy ? words.More : words.Same;
            return $"At {cost} of the cost, the router is {how} {name}: {words.Value(right)}, against {Percent(largest.Accuracy, 1)}{doubt}; {Strongest(told, images, doubt, words)}.";
        }

        double gap = largest.Accuracy - told.Routed.Accuracy;
        return gap > 0
            ? $"At {cost} of the cost, the router {words.Reaches} {right}, {Points(gap)} below {name}{doubt}; {Strongest(told, images, doubt, words)}."
            : $"The router {words.Reaches} {right}, against {Percent(largest.Accuracy, 1)} of {name}{doubt}, at {cost} of its cost; {Strongest(told, images, doubt, words)}.";
    }

    /// <summary>What a budget buys: its accuracy beside that of the alternatives, at the same cost and at that of the largest resolution.</summary>
    /// <param name="chosen">The budget.</param>
    /// <param name="images">Number of test images.</param>
    /// <param name="words">The words in which the measure is told.</param>
    public static string Detail(SweepPoint chosen, int images, MeasureWords words)
    {
        (string Name, PolicyPoint Point)[] others =
        [
            ("the cascade of ensembles", chosen.CalibratedCascade), ("the confidence cascade", chosen.Cascade), ("the static mix", chosen.StaticMix),
            ("the largest resolution", chosen.Largest), ("the largest one calibrated", chosen.LargestCalibrated),
        ];
        string[] better = Names(others, d => d.Low > 0), worse = Names(others, d => d.High < 0), same = Names(others, d => !d.IsToldApart);
        string[] verdicts =
        [
            .. better.Length > 0 ? [$"{words.More} {List(better)}"] : Array.Empty<string>(),
            .. worse.Length > 0 ? [$"{words.Less} {List(worse)}"] : Array.Empty<string>(),
            .. same.Length > 0 ? [$"not told apart from {List(same)}"] : Array.Empty<string>(),
        ];
        return $"With a budget of {Percent(chosen.Budget, 0)} {words.Is(Percent(chosen.Routed.Accuracy, 1), $"{Count(images)} test images")}. " +
            $"At no more cost, a cascade of the router's own calibrated ensembles {words.Reaches} {Percent(chosen.CalibratedCascade.Accuracy, 1)}, " +
            $"a confidence cascade {words.On}{Percent(chosen.Cascade.Accuracy, 1)}, the best static mix of resolutions {words.On}{Percent(chosen.StaticMix.Accuracy, 1)}. " +
            $"The largest resolution {words.Reaches} {Percent(chosen.Largest.Accuracy, 1)} as it is, {words.On}{Percent(chosen.LargestCalibrated.Accuracy, 1)} " +
            $"calibrated on the same images. Image by image, the router is {string.Join("; ", verdicts)}." +
            (chosen.Promise is { } promise ? $" The budget keeps a promise: {promise}." : "");
    }

    private static string Strongest(SweepPoint point, int images, string doubt, MeasureWords words)
    {
        string name = point.Strongest == point.CalibratedCascade ? "a calibrated cascade"
            : point.Strongest == point.Cascade ? "a confidence cascade"
            : "the best static mix of resolutions";
        string also = Doubt(point.Strongest, images);
        return $"{name} {words.Reaches} {Percent(point.Strongest.Accuracy, 1)} at no more cost{(also.Length > 0 && doubt.Length > 0 ? ", not told apart either" : also)}";
    }

    /// <summary>Empty where the images tell the router and a policy apart.</summary>
    private static string Doubt(PolicyPoint policy, int images) => policy.Difference is { IsToldApart: true } ? "" : $", not told apart by {Count(images)} images";

    private static string[] Names((string Name, PolicyPoint Point)[] others, Func<AccuracyDifference, bool> isSo) =>
        [.. others.Where(o => o.Point.Difference is { } difference && isSo(difference)).Select(o => o.Name)];

    private static string List(string[] names) => names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";

    private static string Count(int images) => images.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(double fraction, int digits) => (100 * fraction).ToString($"F{digits}", CultureInfo.InvariantCulture) + " %";

    private static string Points(double difference)
    {
        string text = (100 * difference).ToString("F1", CultureInfo.InvariantCulture);
        return text == "1.0" ? "1 point" : $"{text} points";
    }
}
