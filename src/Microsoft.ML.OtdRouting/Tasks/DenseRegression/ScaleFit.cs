namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>
/// Fits the scale and the offset of every resolution: least squares of the references on its values, of relative errors where ratios count. Where that
/// makes no less of the loss on rows that the fit has not seen, beyond the standard error, the values stay as they are.
/// </summary>
internal static class ScaleFit
{
    /// <summary>More rows than this change two numbers no more.</summary>
    private const int MostRows = 4_096;

    /// <summary>A trace of ridge towards the identity, as a share of the moments: maps of one value only have no scale.</summary>
    private const double Ridge = 1e-6;

    /// <summary>Fits the scales of all resolutions.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">The task, with its variance.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static IReadOnlyList<FoldedScale> Fit(Observations observations, BoundDenseRegression task, CancellationToken cancellationToken)
    {
        var step = (observations.Rows + MostRows - 1) / MostRows;
        var rows = Enumerable.Range(0, observations.Rows).Where(row => row % step == 0).ToArray();
        var scales = new FoldedScale[observations.Resolutions];
        Parallel.For(0, scales.Length, new ParallelOptions { CancellationToken = cancellationToken }, r => scales[r] = Fit(observations, task, r, rows));
        return scales;
    }

    private static FoldedScale Fit(Observations observations, BoundDenseRegression task, int resolution, int[] rows)
    {
        var moments = new Moments[observations.FoldCount];
        foreach (var row in rows)
        {
            Add(ref moments[observations.Fold(row)], observations, task, resolution, row);
        }

        var byFold = moments.Select((_, fold) => Solve(moments.Where((_, f) => f != fold))).ToArray();
        var scaled = new float[task.Points];
        var (total, gain, squares) = (0.0, 0.0, 0.0);
        foreach (var row in rows)
        {
            var pixels = task.PixelsOf(observations.Kept(resolution, row));
            var reference = task.ReferenceOf(observations, row);
            var plain = PixelErrors.Of(task.Task, pixels, reference);
            if (plain.Count == 0)
            {
                continue;
            }

            Apply(byFold[observations.Fold(row)], pixels, scaled);
            var own = plain.Loss(task.Task, task.Variance) - PixelErrors.Of(task.Task, scaled, reference).Loss(task.Task, task.Variance);
            var weight = observations.Weight(row);
            total += weight;
            gain += weight * own;
            squares += weight * own * own;
        }

        gain /= total;
        var error = Math.Sqrt(Math.Max(0, (squares / total) - (gain * gain)) / rows.Length);
        return gain > error
            ? new FoldedScale(Solve(moments), byFold)
            : new FoldedScale(PixelScale.Identity, Enumerable.Repeat(PixelScale.Identity, byFold.Length).ToArray());
    }

    /// <summary>Scales values.</summary>
    public static void Apply(PixelScale scale, ReadOnlySpan<float> values, Span<float> scaled)
    {
        for (var i = 0; i < values.Length; i++)
        {
            scaled[i] = (scale.Factor * values[i]) + scale.Offset;
        }
    }

    private static void Add(ref Moments moments, Observations observations, BoundDenseRegression task, int resolution, int row)
    {
        var pixels = task.PixelsOf(observations.Kept(resolution, row));
        var reference = task.ReferenceOf(observations, row);
        var own = default(Moments);
        var count = 0;
        for (var i = 0; i < pixels.Length; i++)
        {
            var (p, t) = ((double)pixels[i], (double)reference[i]);
            if (task.Task.IsOfRatios ? t > 0 : !double.IsNaN(t))
            {
                var weight = task.Task.IsOfRatios ? 1 / (t * t) : 1;
                own = own.Plus(new Moments(weight, weight * p, weight * p * p, weight * (t - p), weight * p * (t - p)), 1);
                count++;
            }
        }

        moments = moments.Plus(own, count > 0 ? observations.Weight(row) / (double)count : 0);
    }

    /// <summary>The scale and the offset, from the regression of the difference to the reference.</summary>
    private static PixelScale Solve(IEnumerable<Moments> parts)
    {
        var sum = parts.Aggregate(default(Moments), (a, b) => a.Plus(b, 1));
        var (one, square) = (sum.One * (1 + Ridge), sum.Square * (1 + Ridge));
        var determinant = (square * one) - (sum.Value * sum.Value);
        if (!(determinant > 0) || !double.IsFinite(determinant))
        {
            return PixelScale.Identity;
        }

        var slope = ((sum.ValueDifference * one) - (sum.Difference * sum.Value)) / determinant;
        var offset = ((sum.Difference * square) - (sum.ValueDifference * sum.Value)) / determinant;
        return float.IsFinite((float)slope) && float.IsFinite((float)offset) ? new PixelScale((float)(1 + slope), (float)offset) : PixelScale.Identity;
    }

    /// <summary>Weighted sums of 1, p, p², t − p and p · (t − p).</summary>
    private readonly record struct Moments(double One, double Value, double Square, double Difference, double ValueDifference)
    {
        public Moments Plus(Moments other, double factor) => new(
            One + (factor * other.One),
            Value + (factor * other.Value),
            Square + (factor * other.Square),
            Difference + (factor * other.Difference),
            ValueDifference + (factor * other.ValueDifference));
    }
}
