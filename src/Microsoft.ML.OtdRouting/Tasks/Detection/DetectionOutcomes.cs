using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Computes what routes do on every row.</summary>
internal static class DetectionOutcomes
{
    /// <summary>What the most expensive resolution finds at least so surely is taken for true where labels are not.</summary>
    private const float TeachingScore = 0.5f;

    /// <summary>Computes the outcomes of routes.</summary>
    /// <param name="observations">The rows.</param>
    /// <param name="task">The task.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="scaleOf">The scale by which a row is answered.</param>
    /// <param name="withJoint">Whether COCO's measures, of all rows together, are among the measures: they take the observations and longer than all others.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static RouteOutcomes Of(
        Observations observations, BoundDetection task, IReadOnlyList<Route> routes, Func<int, DetectionScale> scaleOf, bool withJoint, CancellationToken cancellationToken = default)
    {
        RouteTable Table() => new(observations.Rows, routes.Count);
        var (losses, measured, quality, confidence, surrogate) = (Table(), Table(), Table(), Table(), Table());
        Parallel.For(0, observations.Rows, new ParallelOptions { CancellationToken = cancellationToken }, row =>
        {
            var scale = scaleOf(row);
            var truth = ObjectReader.Objects(observations.Target(row));
            var supervision = Supervision(observations, task, row);
            var found = new Dictionary<int, List<DetectedObject>>();
            for (var k = 0; k < routes.Count; k++)
            {
                var answer = scale.Answer(task.Task, routes[k], r =>
                    found.TryGetValue(r, out var known) ? known : found[r] = scale.Apply(r, task.Found(observations.Kept(r, row))));
                losses[row, k] = task.Task.Loss.Of(answer, supervision);
                surrogate[row, k] = truth is null ? float.NaN : task.Task.LabelFree ? task.Task.Loss.Of(answer, truth) : losses[row, k];
                measured[row, k] = truth is null ? losses[row, k] : surrogate[row, k];
                quality[row, k] = truth is null ? float.NaN : ImagePrecision.Of(answer, truth);
                confidence[row, k] = answer.Count == 0 ? 0 : answer.Average(d => d.Score);
            }
        });
        return new RouteOutcomes(losses, measured, quality, confidence, [new NamedTable(task.Task.Loss == DetectionLoss.OptimalTransport ? "OTA loss" : "AP loss", surrogate, true)])
        {
            Joint = withJoint ? new JointMeasures(AnswerOf, Measure) : null,
        };

        object AnswerOf(int row, int route) => new ScoredImage(
            scaleOf(row).Answer(task.Task, routes[route], r => scaleOf(row).Apply(r, task.Found(observations.Kept(r, row)))), ObjectReader.Objects(observations.Target(row)) ?? []);
    }

    private static IReadOnlyList<TaskMeasure> Measure(IEnumerable<object> images)
    {
        var precision = new CocoPrecision();
        foreach (var image in images.Cast<ScoredImage>())
        {
            precision.Add(image.Found, image.Objects);
        }

        return precision.Measures();
    }

    /// <summary>What is taken for true of a row of the fit: its labels, or without them what the most expensive resolution has found.</summary>
    public static List<TrueObject> Supervision(Observations observations, BoundDetection task, int row) =>
        task.Task.LabelFree ? Teach(observations, task, row) : ObjectReader.Objects(observations.Target(row))!;

    /// <summary>
    /// Fused boxes would be a poor teacher: what the most expensive resolution alone has found, which is what routing is about, has half its score in them.
    /// </summary>
    private static List<TrueObject> Teach(Observations observations, BoundDetection task, int row) =>
        task.Found(observations.Kept(task.ResolutionCount - 1, row)).Where(d => d.Score >= TeachingScore).Select(d => new TrueObject(d.Box, d.Class)).ToList();

    /// <summary>What was found in an image, and what there is.</summary>
    private sealed record ScoredImage(List<DetectedObject> Found, List<TrueObject> Objects);
}
