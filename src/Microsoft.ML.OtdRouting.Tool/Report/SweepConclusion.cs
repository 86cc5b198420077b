using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What a curve says, in plain words.</summary>
internal static class SweepConclusion
{
    /// <summary>
    /// The outcome in one sentence: where the router reaches the largest resolution, or how close it comes, and the strongest of what can be had there
    /// without it. The largest resolution is taken as it is or calibrated on the same images as the router, whichever is better: what calibration alone
    /// would gain is not the router's.
    /// </summary>
    public static string Of(IReadOnlyList<SweepPoint> points, ResolutionReport largest, PolicyPoint calibrated)
    {
        bool takesCalibrated = calibrated.Accuracy > largest.Accuracy;
        double accuracy = Math.Max(largest.Accuracy, calibrated.Accuracy);
        string name = takesCalibrated ? "the largest resolution calibrated on the same images" : "the largest resolution";
        SweepPoint? reached = points.Where(p => p.Routed.CostFraction < 1 && p.Routed.Accuracy >= accuracy).MinBy(p => p.Routed.CostFraction);
        if (reached is not null)
        {
            // More is claimed only where chance does not explain it.
            string how = reached.AccuracyLow > accuracy ? "more accurate than" : "as accurate as";
            return $"At {Percent(reached.Routed.CostFraction, 0)} of the cost, the router is {how} {name}: " +
                $"{Percent(reached.Routed.Accuracy, 1)} right, against {Percent(accuracy, 1)}; {Strongest(reached)}.";
        }

        SweepPoint best = points.MaxBy(p => p.Routed.Accuracy)!;
        double gap = accuracy - best.Routed.Accuracy;
        return gap > 0
            ? $"At {Percent(best.Routed.CostFraction, 0)} of the cost, the router is right on {Percent(best.Routed.Accuracy, 1)}, {Points(gap)} below {name}; {Strongest(best)}."
            : $"The router is right on {Percent(best.Routed.Accuracy, 1)}, against {Percent(accuracy, 1)} of {name}, " +
                $"at {Percent(best.Routed.CostFraction, 0)} of its cost; {Strongest(best)}.";
    }

    /// <summary>What a budget buys: its accuracy beside that of the alternatives, at the same cost and at that of the largest resolution.</summary>
    public static string Detail(SweepPoint chosen, ResolutionReport largest, PolicyPoint calibrated, int images) =>
        $"With a budget of {Percent(chosen.Budget, 0)} it is right on {Percent(chosen.Routed.Accuracy, 1)} of {images.ToString("N0", CultureInfo.InvariantCulture)} " +
        $"test images. At no more cost, a cascade of the router's own calibrated ensembles is right on {Percent(chosen.CalibratedCascade.Accuracy, 1)}, " +
        $"a confidence cascade on {Percent(chosen.Cascade.Accuracy, 1)}, the best static mix of resolutions on {Percent(chosen.StaticMix.Accuracy, 1)}. " +
        $"The largest resolution is right on {Percent(largest.Accuracy, 1)} as it is, on {Percent(calibrated.Accuracy, 1)} calibrated on the same images.";

    private static string Strongest(SweepPoint point)
    {
        string name = point.Strongest == point.CalibratedCascade ? "a calibrated cascade"
            : point.Strongest == point.Cascade ? "a confidence cascade"
            : "the best static mix of resolutions";
        return $"{name} is right on {Percent(point.Strongest.Accuracy, 1)} at no more cost";
    }

    private static string Percent(double fraction, int digits) => (100 * fraction).ToString($"F{digits}", CultureInfo.InvariantCulture) + " %";

    private static string Points(double difference)
    {
        string text = (100 * difference).ToString("F1", CultureInfo.InvariantCulture);
        return text == "1.0" ? "1 point" : $"{text} points";
    }
}
