using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The losses of every route on every sample: a dense row-major table <c>L</c> of <see cref="Rows"/> samples by
/// <see cref="Routes"/> routes, in single or double precision. The memory is used in place and never copied; it must
/// not change while a solver reads it.
/// </summary>
public sealed class LossTable
{
    /// <summary>Routes of a table, at most: the solvers' memory and time grow with their square.</summary>
    public const int MaxRoutes = 64;

    private const double _largest = 1e100;

    private readonly ReadOnlyMemory<float> _single;
    private readonly ReadOnlyMemory<double> _double;

    /// <summary>Wraps single-precision losses.</summary>
    /// <param name="values">Row-major losses, <paramref name="rows"/> × <paramref name="routes"/> of them; element <c>i·routes + k</c> is the loss of route k on sample i.</param>
    /// <param name="rows">Number of samples, at least 1.</param>
    /// <param name="routes">Number of routes, from 1 to <see cref="MaxRoutes"/>.</param>
    /// <param name="infinityForbids">Whether a loss of +∞ is allowed and means that the route is forbidden for the sample.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is below 1, or <paramref name="routes"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The length is not rows × routes, a loss is NaN, infinite or beyond ±1e100 (the message names row and
    /// route), or every route of a row is forbidden.</exception>
    public LossTable(ReadOnlyMemory<float> values, int rows, int routes, bool infinityForbids = false)
    {
        _single = values;
        IsSingle = true;
        (Rows, Routes) = (rows, routes);
        CheckShape(values.Length);
        (Minimum, Maximum, HasForbidden) = Scan(values.Span, infinityForbids);
        RequireMagnitude();
    }

    /// <summary>Wraps double-precision losses.</summary>
    /// <param name="values">Row-major losses, <paramref name="rows"/> × <paramref name="routes"/> of them; element <c>i·routes + k</c> is the loss of route k on sample i.</param>
    /// <param name="rows">Number of samples, at least 1.</param>
    /// <param name="routes">Number of routes, from 1 to <see cref="MaxRoutes"/>.</param>
    /// <param name="infinityForbids">Whether a loss of +∞ is allowed and means that the route is forbidden for the sample.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is below 1, or <paramref name="routes"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The length is not rows × routes, a loss is NaN, infinite or beyond ±1e100 (the message names row and
    /// route), or every route of a row is forbidden.</exception>
    public LossTable(ReadOnlyMemory<double> values, int rows, int routes, bool infinityForbids = false)
    {
        _double = values;
        (Rows, Routes) = (rows, routes);
        CheckShape(values.Length);
        (Minimum, Maximum, HasForbidden) = Scan(values.Span, infinityForbids);
        RequireMagnitude();
    }

    /// <summary>Number of samples, n.</summary>
    public int Rows { get; }

    /// <summary>Number of routes, K.</summary>
    public int Routes { get; }

    /// <summary>The smallest finite loss.</summary>
    public double Minimum { get; }

    /// <summary>The largest finite loss.</summary>
    public double Maximum { get; }

    /// <summary>The largest absolute value of a finite loss, max|L|.</summary>
    public double MaximumMagnitude => Math.Max(Math.Abs(Minimum), Math.Abs(Maximum));

    /// <summary>Whether some loss is +∞, which forbids its route for its sample.</summary>
    public bool HasForbidden { get; }

    /// <summary>The loss of <paramref name="route"/> on sample <paramref name="row"/>.</summary>
    /// <param name="row">Sample, 0 to <see cref="Rows"/> − 1.</param>
    /// <param name="route">Route, 0 to <see cref="Routes"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the table.</exception>
    public double this[int row, int route]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
            ArgumentOutOfRangeException.ThrowIfNegative(route);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(route, Routes);
            int index = (row * Routes) + route;
            return IsSingle ? _single.Span[index] : _double.Span[index];
        }
    }

    internal bool IsSingle { get; }

    /// <summary>Copies the losses of one sample.</summary>
    /// <param name="row">Sample, 0 to <see cref="Rows"/> − 1.</param>
    /// <param name="destination">Receives <see cref="Routes"/> losses; at least that long.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="row"/> is outside the table.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public void CopyRow(int row, Span<double> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        if (destination.Length < Routes)
        {
            throw new ArgumentException($"destination holds {destination.Length} values, a row has {Routes}.", nameof(destination));
        }

        if (IsSingle)
        {
            ReadOnlySpan<float> source = _single.Span.Slice(row * Routes, Routes);
            for (int k = 0; k < source.Length; k++)
            {
                destination[k] = source[k];
            }
        }
        else
        {
            _double.Span.Slice(row * Routes, Routes).CopyTo(destination);
        }
    }

    internal MemoryHandle Pin() => IsSingle ? _single.Pin() : _double.Pin();

    /// <summary>Beyond this, differences, products and sums of losses are no numbers any more, and solvers go on for ever.</summary>
    private void RequireMagnitude()
    {
        for (int i = 0; MaximumMagnitude > _largest && i < Rows; i++)
        {
            for (int k = 0; k < Routes; k++)
            {
                if (double.IsFinite(this[i, k]) && Math.Abs(this[i, k]) > _largest)
                {
                    throw new ArgumentException(FormattableString.Invariant($"The loss of row {i}, route {k} is {this[i, k]}; it must be from -{_largest} to {_largest}."));
                }
            }
        }
    }

    private void CheckShape(int length)
    {
        if (Rows < 1)
        {
            throw new ArgumentOutOfRangeException("rows", Rows, "rows must be at least 1.");
        }

        if (Routes is < 1 or > MaxRoutes)
        {
            throw new ArgumentOutOfRangeException("routes", Routes, $"routes is {Routes}; it must be from 1 to {MaxRoutes}.");
        }

        if ((long)Rows * Routes != length)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"values holds {length} losses; {Rows} rows × {Routes} routes need {(long)Rows * Routes}."), "values");
        }
    }

    private (double Minimum, double Maximum, bool HasForbidden) Scan<T>(ReadOnlySpan<T> values, bool infinityForbids)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // The vectorised minimum and maximum propagate NaN, so two reductions are enough to prove a clean table.
        T minimum = TensorPrimitives.Min(values);
        T maximum = TensorPrimitives.Max(values);
        if (T.IsFinite(minimum) && T.IsFinite(maximum))
        {
            return (double.CreateChecked(minimum), double.CreateChecked(maximum), false);
        }

        (minimum, maximum) = (T.PositiveInfinity, T.NegativeInfinity);
        bool forbidden = false;
        for (int i = 0; i < Rows; i++)
        {
            bool open = false;
            for (int k = 0; k < Routes; k++)
            {
                T value = values[(i * Routes) + k];
                if (T.IsFinite(value))
                {
                    minimum = T.Min(minimum, value);
                    maximum = T.Max(maximum, value);
                    open = true;
                }
                else if (T.IsPositiveInfinity(value) && infinityForbids)
                {
                    forbidden = true;
                }
                else
                {
                    string hint = T.IsPositiveInfinity(value) ? " (+∞ is allowed only where infinityForbids is set)" : "";
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"The loss of row {i}, route {k} is {value}; it must be a finite number{hint}."), nameof(values));
                }
            }

            if (!open)
            {
                throw new ArgumentException($"Row {i} forbids every route: all of its {Routes} losses are +∞.", nameof(values));
            }
        }

        return (double.CreateChecked(minimum), double.CreateChecked(maximum), forbidden);
    }
}
