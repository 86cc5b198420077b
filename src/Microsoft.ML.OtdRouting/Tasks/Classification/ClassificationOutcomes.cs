using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Computes what routes do on every row.</summary>
internal static class ClassificationOutcomes
{
    /// <summary>Classes to which a teacher gives less than this do not count.</summary>
    private const float LeastPossible = 0.01f;

    /// <summary>−ln p, for p no smaller than 10⁻¹⁵; NaN for NaN.</summary>
    public static double LogLossOf(double probability) => -Math.Log(Math.Max(probability, 1e-15));

    /// <summary>Computes the outcomes of routes, in ascending order of cost.</summary>
    /// <param name="table">Log-probabilities of the resolutions, with the labels.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="ensembleOf">The ensemble that answers a row: in fitting, one that has not seen it.</param>
    /// <param name="loss">The loss.</param>
    public static RouteOutcomes Of(LogProbabilityTable table, IReadOnlyList<Route> routes, Func<int, Ensemble> ensembleOf, RoutingLoss loss)
    {
        var (rows, classes) = (table.Rows, table.Classes);
        RouteTable NewTable() => new(rows, routes.Count);
        var (losses, measured, quality, confidence, logLoss) = (NewTable(), NewTable(), NewTable(), NewTable(), NewTable());
        var used = routes.SelectMany(r => r.Resolutions).Distinct().Order().ToArray();
        // Every block of rows is computed by itself, so the result does not depend on the number of threads.
        const int Block = 128;
        Parallel.For(0, (rows + Block - 1) / Block, block =>
        {
            var all = used.ToDictionary(r => r, _ => new float[classes]);
            var members = new float[routes.Max(r => r.Resolutions.Count) * classes];
            var probabilities = routes.Select(_ => new float[classes]).ToArray();
            for (var row = block * Block; row < Math.Min(rows, (block + 1) * Block); row++)
            {
                var pools = ensembleOf(row).Pools;
                var (label, truth) = (table.Labels[row], table.TrueLabels[row]);
                foreach (var resolution in used)
                {
                    table.Read(resolution, row, all[resolution]);
                }

                for (var k = 0; k < routes.Count; k++)
                {
                    for (var m = 0; m < routes[k].Resolutions.Count; m++)
                    {
                        all[routes[k].Resolutions[m]].CopyTo(members.AsSpan(m * classes));
                    }

                    pools[k].Combine(members, probabilities[k]);
                }

                for (var k = 0; k < routes.Count; k++)
                {
                    var own = probabilities[k];
                    var predicted = ArgMax.Of(own);
                    losses[row, k] = Expected(loss, own, label, table.Soft(row), probabilities[^1]);
                    measured[row, k] = Expected(loss.Measured, own, label, table.Soft(row), probabilities[^1]);
                    confidence[row, k] = own[predicted];
                    quality[row, k] = truth < 0 ? float.NaN : predicted == truth ? 1 : 0;
                    logLoss[row, k] = truth < 0 ? float.NaN : (float)LogLossOf(own[truth]);
                }
            }
        });
        RequireFinite(losses, routes, loss);
        RequireFinite(measured, routes, loss);
        return new RouteOutcomes(losses, measured, quality, confidence, [new NamedTable(BoundClassification.LogLoss, logLoss, IsSurrogate: true)]);
    }

    /// <summary>The loss of a label, or its mean over the classes that the teacher finds possible.</summary>
    private static float Expected(RoutingLoss loss, ReadOnlySpan<float> probabilities, int label, ReadOnlySpan<float> soft, ReadOnlySpan<float> reference)
    {
        if (soft.IsEmpty)
        {
            return loss.Compute(probabilities, label, reference);
        }

        float sum = 0, total = 0;
        for (var c = 0; c < soft.Length; c++)
        {
            if (soft[c] >= LeastPossible)
            {
                sum += soft[c] * loss.Compute(probabilities, c, reference);
                total += soft[c];
            }
        }

        return sum / total;
    }

    private static void RequireFinite(RouteTable losses, IReadOnlyList<Route> routes, RoutingLoss loss)
    {
        for (var row = 0; row < losses.Rows; row++)
        {
            for (var k = 0; k < losses.Routes; k++)
            {
                if (!float.IsFinite(losses[row, k]))
                {
                    throw new InvalidOperationException($"Loss '{loss.Name}' of row {row} on route {routes[k].Name} is {losses[row, k]}; it must be finite.");
                }
            }
        }
    }
}
