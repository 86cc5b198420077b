using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Computes what routes do on every row, by its kept pixels.</summary>
/// <param name="task">The task.</param>
/// <param name="observations">The rows.</param>
internal sealed class DenseOutcomes(BoundDenseRegression task, Observations observations)
{
    /// <summary>Computes the outcomes, but for the confidences.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="mixesOf">The answers of the routes for a row.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public RouteOutcomes Compute(IReadOnlyList<Route> routes, Func<int, IReadOnlyList<RouteMix>> mixesOf, CancellationToken cancellationToken)
    {
        RouteTable NewTable() => new(observations.Rows, routes.Count);
        var (losses, quality) = (NewTable(), NewTable());
        var others = Names().Select(n => new NamedTable(n, n == LossName ? losses : NewTable(), n == LossName)).ToList();
        Parallel.For(
            0,
            observations.Rows,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => new float[task.Points],
            (row, _, values) =>
            {
                var mixes = mixesOf(row);
                var reference = task.ReferenceOf(observations, row);
                var isKnown = task.TargetLength == 0 || task.HasTruth(observations, row);
                for (var k = 0; k < routes.Count; k++)
                {
                    mixes[k].Combine(observations, task, routes[k], row, values);
                    var errors = PixelErrors.Of(task.Task, values, reference);
                    // A map of the largest resolution that is nowhere above 0 is no reference for ratios: nothing is known of the row then.
                    losses[row, k] = errors.Count > 0 ? (float)errors.Loss(task.Task, task.Variance) : 0;
                    quality[row, k] = isKnown && errors.Count > 0 ? (float)errors.Quality(task.Task, task.Variance) : float.NaN;
                    foreach (var other in others.Where(o => !o.IsSurrogate))
                    {
                        other.Table[row, k] = isKnown && errors.Count > 0 ? (float)Measure(other.Name, errors) : float.NaN;
                    }
                }

                return values;
            },
            _ => { });
        return new RouteOutcomes(losses, losses, quality, NewTable(), others);
    }

    private string LossName => task.Task.Loss switch
    {
        DenseLoss.AbsoluteRelative => PixelErrors.AbsoluteRelativeName,
        DenseLoss.SquaredLogarithm => PixelErrors.SquaredLogarithmName,
        _ => PixelErrors.SquaredName,
    };

    private IReadOnlyList<string> Names() => task.Task.Loss switch
    {
        DenseLoss.AbsoluteRelative => [PixelErrors.AbsoluteRelativeName, PixelErrors.RootName, PixelErrors.WithinName],
        DenseLoss.SquaredLogarithm => [PixelErrors.AbsoluteRelativeName, PixelErrors.RootName, PixelErrors.WithinName, PixelErrors.SquaredLogarithmName],
        _ => [PixelErrors.RootName, PixelErrors.SquaredName],
    };

    private static double Measure(string name, PixelErrors errors) => name switch
    {
        PixelErrors.AbsoluteRelativeName => errors.AbsoluteRelative,
        PixelErrors.RootName => Math.Sqrt(errors.Squared),
        _ => errors.WithinShare,
    };
}
