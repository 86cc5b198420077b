using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>Elementary functions on eight doubles at once. Eight lanes on every processor, so the order of sums never depends on it.</summary>
internal static class VectorMath
{
    private const double _log2E = 1.4426950408889634;

    // ln 2 split so that n · high is exact for |n| < 2^20.
    private const double _ln2High = 6.93147180369123816490e-01;
    private const double _ln2Low = 1.90821492927058770002e-10;

    // Adding 1.5 · 2^52 rounds to an integer and leaves it in the low bits of the mantissa.
    private const double _roundingShift = 6755399441055744.0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> MultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.FusedMultiplyAdd(a, b, c);
        }

        if (Fma.IsSupported)
        {
            return Vector512.Create(
                Fma.MultiplyAdd(a.GetLower(), b.GetLower(), c.GetLower()), Fma.MultiplyAdd(a.GetUpper(), b.GetUpper(), c.GetUpper()));
        }

        return (a * b) + c;
    }

    /// <summary>
    /// exp(x) for x ≤ 0 to about one unit in the last place; 0 below −708. Argument reduction to |r| ≤ ln2/2 and a Taylor
    /// polynomial of degree 13, whose remainder there is below 1e-17.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> ExpOfNonPositive(Vector512<double> x)
    {
        Vector512<double> shift = Vector512.Create(_roundingShift);
        Vector512<double> shifted = MultiplyAdd(x, Vector512.Create(_log2E), shift);
        Vector512<double> n = shifted - shift;
        Vector512<double> r = MultiplyAdd(n, Vector512.Create(-_ln2High), x);
        r = MultiplyAdd(n, Vector512.Create(-_ln2Low), r);

        Vector512<double> p = Vector512.Create(1.0 / 6227020800);
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 479001600));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 39916800));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 3628800));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 362880));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 40320));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 5040));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 720));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 120));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 24));
        p = MultiplyAdd(p, r, Vector512.Create(1.0 / 6));
        p = MultiplyAdd(p, r, Vector512.Create(0.5));
        p = MultiplyAdd(p, r, Vector512<double>.One);
        p = MultiplyAdd(p, r, Vector512<double>.One);

        Vector512<double> scaled = (p.AsInt64() + Vector512.ShiftLeft(shifted.AsInt64(), 52)).AsDouble();
        return Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(x, Vector512.Create(-708.0)), scaled, Vector512<double>.Zero);
    }

    /// <summary>
    /// log(x) for finite normal x &gt; 0 to about one unit in the last place: the exponent, and <c>2 atanh((m − 1)/(m + 1))</c> of the
    /// mantissa in [√½, √2) by its series, whose remainder after eleven terms is below 1e-17.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Log(Vector512<double> x)
    {
        // Adding the distance from √½ to 1 in the bit pattern makes the exponent field count from √½.
        Vector512<long> bits = x.AsInt64() + Vector512.Create(0x3FF0000000000000 - 0x3FE6A09E667F3BCD);
        Vector512<long> exponent = Vector512.ShiftRightArithmetic(bits, 52) - Vector512.Create(1023L);
        Vector512<double> m = (x.AsInt64() - Vector512.ShiftLeft(exponent, 52)).AsDouble();
        Vector512<double> t = (m - Vector512<double>.One) / (m + Vector512<double>.One);
        Vector512<double> u = t * t;
        Vector512<double> p = Vector512.Create(1.0 / 21);
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 19));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 17));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 15));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 13));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 11));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 9));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 7));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 5));
        p = MultiplyAdd(p, u, Vector512.Create(1.0 / 3));
        Vector512<double> twice = t + t;
        Vector512<double> n = Vector512.ConvertToDouble(exponent);
        Vector512<double> small = MultiplyAdd(twice * u, p, n * Vector512.Create(_ln2Low));
        return MultiplyAdd(n, Vector512.Create(_ln2High), twice + small);
    }
}
