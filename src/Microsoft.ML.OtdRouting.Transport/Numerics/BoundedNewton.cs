namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Newton's method for a concave dual with lower bounds: an exact active-set step on the quadratic model, damped to a trust radius in units
/// of the smoothing width (the model of a log-sum-exp is good over about one width), then an Armijo line search.
/// </summary>
internal sealed class BoundedNewton
{
    private readonly double _tolerance;
    private readonly int _maxEvaluations;

    public BoundedNewton(double tolerance, int maxEvaluations)
    {
        _tolerance = tolerance;
        _maxEvaluations = maxEvaluations;
    }

    public int Evaluations { get; private set; }

    public DualPoint Maximise(IDualFunction function, double[] start, Action<DualPoint> report, CancellationToken cancellationToken)
    {
        DualPoint point = Evaluate(function, start, report, cancellationToken);
        double radius = 4;
        while (point.Residual > _tolerance && Evaluations < _maxEvaluations)
        {
            double[] step = TrustStep(function, point, radius);
            double slope = Dot(point.Gradient, step);
            double length = function.StepLength(step);
            if (!(slope > 0) || !double.IsFinite(length))
            {
                break;
            }

            double scale = 1;
            DualPoint? next = Search(function, point, step, slope, ref scale, report, cancellationToken);
            if (next is null)
            {
                break;
            }

            radius = scale == 1 ? 3 * Math.Max(radius, length) : Math.Max(0.1, 2 * scale * length);
            point = next;
        }

        return point;
    }

    /// <summary>
    /// The Newton step, or where that leaves the trust radius the least damped of a ladder of Levenberg–Marquardt steps that does not. Damping
    /// instead of shortening matters: a route that no row is near to has next to no curvature and would take the whole step.
    /// </summary>
    private static double[] TrustStep(IDualFunction function, DualPoint point, double radius)
    {
        double[] lower = LowerBounds(function, point.X);
        double[] step = BoundedQuadratic.Solve(point.Curvature, point.Gradient, lower);
        double length = function.StepLength(step);
        double strongest = function.StepLength(point.Gradient) / radius;

        // Without any curvature the undamped step is not a number, which counts as too long.
        for (double damping = 1e-12; !(length <= radius) && damping < 50; damping *= 4)
        {
            double[] damped = (double[])point.Curvature.Clone();
            for (int i = 0; i < step.Length; i++)
            {
                damped[(i * step.Length) + i] += damping * strongest;
            }

            step = BoundedQuadratic.Solve(damped, point.Gradient, lower);
            length = function.StepLength(step);
        }

        return step;
    }

    private DualPoint? Search(
        IDualFunction function, DualPoint point, double[] step, double slope, ref double scale, Action<DualPoint> report, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 40 && Evaluations < _maxEvaluations; attempt++)
        {
            DualPoint next = Evaluate(function, Moved(function, point.X, step, scale), report, cancellationToken);

            // Near the optimum the gain drowns in the rounding of the value; the residual then judges.
            double noise = 1e-14 * (Math.Abs(point.Value) + Math.Abs(next.Value) + Math.Abs(next.TransportLoss));
            bool rises = next.Value >= point.Value + (1e-4 * scale * slope);
            bool level = next.Value >= point.Value - noise && next.Residual < point.Residual;
            if (rises || level)
            {
                return next;
            }

            if (scale * slope < noise && next.Residual >= point.Residual)
            {
                return null;
            }

            // The minimiser of the parabola through both values, kept within [0.1, 0.5] of the last step.
            double shortfall = point.Value + (scale * slope) - next.Value;
            scale *= Math.Clamp(0.5 * scale * slope / shortfall, 0.1, 0.5);
        }

        return null;
    }

    private DualPoint Evaluate(IDualFunction function, double[] x, Action<DualPoint> report, CancellationToken cancellationToken)
    {
        DualPoint point = function.Evaluate(x, cancellationToken);
        Evaluations++;
        report(point);
        return point;
    }

    private static double[] LowerBounds(IDualFunction function, double[] x)
    {
        double[] lower = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            lower[i] = function.NonNegative[i] ? -x[i] : double.NegativeInfinity;
        }

        return lower;
    }

    private static double[] Moved(IDualFunction function, double[] x, double[] step, double scale)
    {
        double[] moved = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double value = x[i] + (scale * step[i]);
            moved[i] = function.NonNegative[i] ? Math.Max(0, value) : value;
        }

        return moved;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
