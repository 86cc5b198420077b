using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Fits what makes the scores of resolutions comparable, and their weights in fused boxes, by folds.</summary>
internal static class DetectionFit
{
    /// <summary>Strength of the prior on a slope of one and an offset of zero, in detections.</summary>
    private const double Prior = 1;

    /// <summary>Rows on which weights are tried: there are six ways to weigh.</summary>
    private const int MostTried = 1000;

    /// <summary>Weights are the mean image AP of the resolutions to one of these powers.</summary>
    /// <remarks>The last lets the best resolution of a route answer alone: a first look that finds little must not spoil what it sends an image to.</remarks>
    private static readonly int[] Exponents = [0, 1, 2, 4, 8, 32];

    /// <summary>Beside the best resolution's weight of one; far from where floats end.</summary>
    private const double LeastWeight = 1e-30;

    /// <summary>Fits on all rows, and on those of all folds but one.</summary>
    /// <param name="observations">The rows.</param>
    /// <param name="task">The task.</param>
    /// <param name="routes">The routes; the longest one tries the weights.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static (DetectionScale Deployed, DetectionScale[] ByFold) Fit(
        Observations observations, BoundDetection task, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var resolutions = task.ResolutionCount;
        var used = routes.SelectMany(r => r.Resolutions).Distinct().Order().ToArray();
        var judged = new Judged[resolutions];
        foreach (var resolution in used)
        {
            cancellationToken.ThrowIfCancellationRequested();
            judged[resolution] = Judged.Of(observations, task, resolution);
        }

        // What a resolution has found is no judge of how sure another may be, but of what that one finds: without labels there are weights alone.
        var scales = Enumerable.Range(-1, observations.FoldCount + 1)
            .Select(fold => task.Task.LabelFree ? DetectionScale.None(resolutions) : Scale(judged, resolutions, observations, fold)).ToArray();
        var longest = routes.MaxBy(r => r.Resolutions.Count)!;
        if (longest.Resolutions.Count > 1)
        {
            Weigh(scales, judged, longest, observations, task, cancellationToken);
        }

        return (scales[0], scales[1..]);
    }

    /// <summary>Calibrations without the rows of a fold; −1 for all rows.</summary>
    private static DetectionScale Scale(Judged[] judged, int resolutions, Observations observations, int fold)
    {
        var scale = DetectionScale.None(resolutions);
        Parallel.For(0, resolutions, resolution =>
        {
            if (judged[resolution] is { } detections)
            {
                (scale.Slopes[resolution], scale.Offsets[resolution]) = detections.Calibrate(observations, fold, Prior);
            }
        });
        return scale;
    }

    /// <summary>Sets the weights of scales to the power of each resolution's precision at which a route loses least.</summary>
    private static void Weigh(
        DetectionScale[] scales, Judged[] judged, Route route, Observations observations, BoundDetection task, CancellationToken cancellationToken)
    {
        var count = Math.Min(MostTried, observations.Rows);
        var rows = Enumerable.Range(0, count).Select(i => (int)((long)i * observations.Rows / count)).ToArray();
        var losses = new float[Exponents.Length][];
        for (var e = 0; e < Exponents.Length; e++)
        {
            var tried = new float[rows.Length];
            var weights = Weights(judged, observations, -1, Exponents[e]);
            Parallel.For(0, rows.Length, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            {
                var scale = scales[observations.Fold(rows[i]) + 1] with { Weights = weights };
                var answer = scale.Answer(task.Task, route, r => scale.Apply(r, task.Found(observations.Kept(r, rows[i]))));
                tried[i] = task.Task.Loss.Of(answer, DetectionOutcomes.Supervision(observations, task, rows[i]));
            });
            losses[e] = tried;
        }

        for (var s = 0; s < scales.Length; s++)
        {
            var best = Enumerable.Range(0, Exponents.Length).MinBy(
                e => losses[e].Where((_, i) => observations.Fold(rows[i]) != s - 1).Select(l => (double)l).DefaultIfEmpty(0).Average());
            scales[s] = scales[s] with { Weights = Weights(judged, observations, s - 1, Exponents[best]) };
        }
    }

    private static float[] Weights(Judged[] judged, Observations observations, int fold, int exponent)
    {
        var precisions = Array.ConvertAll(judged, j => j?.Precision(observations, fold) ?? 0);
        var best = Math.Max(precisions.Max(), double.Epsilon);
        return Array.ConvertAll(precisions, p => (float)Math.Max(LeastWeight, Math.Pow(p / best, exponent)));
    }

    /// <summary>What a resolution has found, and whether it is right.</summary>
    private sealed class Judged
    {
        private readonly List<(float Logit, bool IsRight, int Row)> _detections = [];
        private readonly List<(float Precision, int Row)> _images = [];

        public static Judged Of(Observations observations, BoundDetection task, int resolution)
        {
            var judged = new Judged();
            for (var row = 0; row < observations.Rows; row++)
            {
                var (found, objects) = (task.Found(observations.Kept(resolution, row)), DetectionOutcomes.Supervision(observations, task, row));
                foreach (var (score, isRight) in ImagePrecision.Match(found, ImagePrecision.ByClass(objects), 0.5))
                {
                    judged._detections.Add((DetectionScale.Logit(score), isRight, row));
                }

                if (objects.Exists(o => !o.IsIgnored))
                {
                    judged._images.Add((ImagePrecision.Of(found, objects), row));
                }
            }

            return judged;
        }

        public double Precision(Observations observations, int fold) =>
            _images.Where(i => observations.Fold(i.Row) != fold).Select(i => (double)i.Precision).DefaultIfEmpty(0).Average();

        /// <summary>Logistic regression of being right on the logit of the score.</summary>
        public (float Slope, float Offset) Calibrate(Observations observations, int fold, double prior)
        {
            var rows = _detections.Where(d => observations.Fold(d.Row) != fold).ToArray();
            double[] point = [1, 0];
            LimitedMemoryBfgs.Minimise(
                (at, gradient) =>
                {
                    var value = prior / 2 * (((at[0] - 1) * (at[0] - 1)) + (at[1] * at[1]));
                    (gradient[0], gradient[1]) = (prior * (at[0] - 1), prior * at[1]);
                    foreach (var (logit, isRight, row) in rows)
                    {
                        var weight = observations.Weight(row);
                        var margin = (at[0] * logit) + at[1];
                        // ln(1 + exp(±margin)), without overflow.
                        var signed = isRight ? -margin : margin;
                        value += weight * (Math.Max(signed, 0) + Math.Log(1 + Math.Exp(-Math.Abs(signed))));
                        var slope = weight * ((1 / (1 + Math.Exp(-margin))) - (isRight ? 1 : 0));
                        gradient[0] += slope * logit;
                        gradient[1] += slope;
                    }

                    return value;
                },
                point, 1e-9 * Math.Max(1, rows.Length), 100);
            // A slope below zero would turn the order of the detections round.
            return ((float)Math.Clamp(point[0], 0.1, 10), (float)Math.Clamp(point[1], -10, 10));
        }
    }
}
