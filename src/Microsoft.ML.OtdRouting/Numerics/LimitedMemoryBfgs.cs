using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// Minimises a smooth function, to its global minimum where it is convex (Liu and Nocedal 1989, "On the limited memory BFGS method"), with a backtracking line search.
/// Deterministic.
/// </summary>
internal static class LimitedMemoryBfgs
{
    private const int Memory = 10;

    /// <summary>Value of the function at a point; its gradient goes into the second span.</summary>
    public delegate double Objective(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>Sees the point after every step and says whether to stop there.</summary>
    public delegate bool StopRule(ReadOnlySpan<double> point);

    /// <summary>
    /// Moves <paramref name="point"/> to the minimum, until the value falls by less than <paramref name="tolerance"/> in a step or
    /// <paramref name="stop"/> says so.
    /// </summary>
    public static double Minimise(Objective objective, Span<double> point, double tolerance, int maxIterations, StopRule? stop = null)
    {
        var size = point.Length;
        var gradient = new double[size];
        var nextGradient = new double[size];
        var next = new double[size];
        var direction = new double[size];
        var history = new Queue<(double[] Step, double[] Change, double Curvature)>();
        var value = objective(point, gradient);
        for (var iteration = 0; iteration < maxIterations; iteration++)
        {
            Descend(gradient, history, direction);
            var slope = TensorPrimitives.Dot<double>(direction, gradient);
            if (!(slope < 0))
            {
                return value;
            }

            var length = history.Count == 0 ? Math.Min(1, 1 / TensorPrimitives.Norm<double>(gradient)) : 1.0;
            var (accepted, nextValue) = Search(objective, point, direction, value, slope, length, next, nextGradient);
            if (!accepted)
            {
                return value;
            }

            Remember(history, point, next, gradient, nextGradient);
            next.CopyTo(point);
            (gradient, nextGradient) = (nextGradient, gradient);
            var gain = value - nextValue;
            value = nextValue;
            if (gain < tolerance || (stop is not null && stop(point)))
            {
                return value;
            }
        }

        return value;
    }

    private static (bool Accepted, double Value) Search(
        Objective objective, ReadOnlySpan<double> point, double[] direction, double value, double slope, double length, double[] next, double[] nextGradient)
    {
        for (var attempt = 0; attempt < 30; attempt++, length /= 2)
        {
            TensorPrimitives.MultiplyAdd(direction, length, point, next);
            var nextValue = objective(next, nextGradient);
            if (nextValue <= value + (1e-4 * length * slope))
            {
                return (true, nextValue);
            }
        }

        return (false, value);
    }

    /// <summary>Minus the gradient times the approximate inverse Hessian, by the two-loop recursion.</summary>
    private static void Descend(double[] gradient, Queue<(double[] Step, double[] Change, double Curvature)> history, double[] direction)
    {
        TensorPrimitives.Negate(gradient, direction);
        var pairs = history.ToArray();
        var alphas = new double[pairs.Length];
        for (var i = pairs.Length - 1; i >= 0; i--)
        {
            alphas[i] = TensorPrimitives.Dot<double>(pairs[i].Step, direction) / pairs[i].Curvature;
            TensorPrimitives.MultiplyAdd(pairs[i].Change, -alphas[i], direction, direction);
        }

        if (pairs.Length > 0)
        {
            var last = pairs[^1];
            TensorPrimitives.Multiply(direction, last.Curvature / TensorPrimitives.SumOfSquares<double>(last.Change), direction);
        }

        for (var i = 0; i < pairs.Length; i++)
        {
            var beta = TensorPrimitives.Dot<double>(pairs[i].Change, direction) / pairs[i].Curvature;
            TensorPrimitives.MultiplyAdd(pairs[i].Step, alphas[i] - beta, direction, direction);
        }
    }

    private static void Remember(
        Queue<(double[] Step, double[] Change, double Curvature)> history,
        ReadOnlySpan<double> point,
        double[] next,
        double[] gradient,
        double[] nextGradient)
    {
        var step = new double[next.Length];
        var change = new double[next.Length];
        TensorPrimitives.Subtract(next, point, step);
        TensorPrimitives.Subtract(nextGradient, gradient, change);
        var curvature = TensorPrimitives.Dot<double>(step, change);
        // Rounding can make the curvature of a flat function vanish; such a pair would spoil the approximation.
        if (curvature <= 1e-12 * TensorPrimitives.SumOfSquares<double>(change))
        {
            return;
        }

        if (history.Count == Memory)
        {
            history.Dequeue();
        }

        history.Enqueue((step, change, curvature));
    }
}
