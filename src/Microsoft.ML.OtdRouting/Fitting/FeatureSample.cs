using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>Features and losses of fitting rows, as many as matter: what baselines are trained on.</summary>
/// <param name="Features">Features, row by row.</param>
/// <param name="Losses">A loss against the truth that falls smoothly.</param>
internal sealed record FeatureSample(float[] Features, RouteTable Losses)
{
    /// <summary>More rows than this make a baseline no better, and would keep much memory.</summary>
    private const int MaxRows = 10_000;

    public int Rows => Losses.Rows;

    /// <summary>Takes every so many rows of the fitting data whose truth is known; null where there is no truth to learn from.</summary>
    public static FeatureSample? Of(FeatureTable table, RouteOutcomes outcomes)
    {
        var known = Enumerable.Range(0, table.Rows).Where(outcomes.HasTruth).ToArray();
        if (outcomes.Surrogate is not { } losses || known.Length == 0)
        {
            return null;
        }

        var step = (known.Length + MaxRows - 1) / MaxRows;
        var rows = known.Where((_, i) => i % step == 0).ToArray();
        var features = new float[rows.Length * table.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            table.Row(rows[i]).CopyTo(features.AsSpan(i * table.Count));
        }

        return new FeatureSample(features, losses.Take(rows));
    }
}
