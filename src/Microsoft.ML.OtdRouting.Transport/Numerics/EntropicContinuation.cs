namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Drives Newton's method from coarse to fine: nested subsamples of the rows, and on each of them ε down to where the
/// subsample's own error makes a smaller ε pointless.
/// </summary>
internal sealed class EntropicContinuation
{
    private const int _coarsestRows = 512;
    private const int _refinement = 8;
    private const double _epsilonRatio = 5;

    private readonly TransportProblem _problem;
    private readonly SoftAssignmentPass _pass;
    private readonly RouteDuals _duals;
    private readonly IProgress<TransportProgress>? _progress;

    public EntropicContinuation(TransportProblem problem, SoftAssignmentPass pass, RouteDuals duals, IProgress<TransportProgress>? progress)
    {
        _problem = problem;
        _pass = pass;
        _duals = duals;
        _progress = progress;
    }

    /// <summary>Passes over the whole table so far.</summary>
    public int FullPasses { get; private set; }

    public DualPoint Run(double target, double tolerance, int maxPasses, CancellationToken cancellationToken)
    {
        int rows = _problem.Losses.Rows;
        double range = _problem.Losses.Maximum - _problem.Losses.Minimum;
        int stride = 1;
        while (rows / (stride * (long)_refinement) >= _coarsestRows)
        {
            stride *= _refinement;
        }

        double epsilon = Math.Max(target, range / 4);
        double[] x = _duals.Start(epsilon);
        for (; stride > 1; stride /= _refinement)
        {
            double error = 1 / Math.Sqrt(rows / stride);
            double floor = Math.Max(target, range * error);
            x = Descend(ref epsilon, floor, stride, 0.3, 0.05 * error, maxPasses, cancellationToken).X;
        }

        return Descend(ref epsilon, target, 1, 0.1, tolerance, maxPasses, cancellationToken);

        DualPoint Descend(
            ref double current, double last, int rowStride, double looseTolerance, double finalTolerance, int limit, CancellationToken token)
        {
            while (true)
            {
                bool isLast = current <= last;
                // Where fewer than about K rows lie within ε of a tie, potentials are off by O(ε) only if hardly a row is misplaced.
                double crowding = range > 0 ? current * rows / rowStride / (range * _problem.Losses.Routes) : 1;
                double loose = looseTolerance * Math.Clamp(crowding, 0.1 / rows, 1);
                BoundedNewton newton = new(isLast ? finalTolerance : Math.Max(loose, finalTolerance), rowStride == 1 ? Math.Max(1, limit - FullPasses) : limit);
                EntropicDual dual = new(_pass, _duals, _problem.Losses.Routes, current, rowStride);
                double width = current;
                DualPoint point = newton.Maximise(dual, x, p => Report(p, rowStride, width), token);
                x = point.X;
                if (isLast)
                {
                    return point;
                }

                // Out of passes: one more at the ε that was asked for, so that what is reported belongs to it.
                current = rowStride == 1 && FullPasses >= limit ? last : Math.Max(last, current / _epsilonRatio);
            }
        }
    }

    private void Report(DualPoint point, int stride, double epsilon)
    {
        FullPasses += stride == 1 ? 1 : 0;
        _progress?.Report(new TransportProgress(FullPasses, point.Residual, epsilon));
    }
}
