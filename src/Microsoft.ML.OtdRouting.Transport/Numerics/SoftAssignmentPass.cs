using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The single pass over the loss table that every entropic solver is made of. Tiles of 64 rows are transposed into a K × 64 scratch so that
/// all arithmetic runs on full vectors across rows, for any K.
/// </summary>
internal sealed unsafe class SoftAssignmentPass : IDisposable
{
    private const int _tile = 64;
    private const int _lanes = 8;
    private const int _vectors = _tile / _lanes;

    private const int _worthSharing = 1 << 17;

    // Stands for −∞ (a forbidden entry or an excluded route): exp is 0, and 0 times it is 0, not NaN.
    private const double _never = -1e300;

    private readonly MemoryHandle _handle;
    private readonly bool _isSingle;
    private readonly int _rows;
    private readonly int _stored;
    private readonly int _routes;
    private readonly double[]? _weights;
    private readonly int _threads;

    /// <param name="problem">The problem.</param>
    /// <param name="threads">Threads; 0 for one per processor.</param>
    /// <param name="outside">Adds one more column of zero losses after the table's: where mass goes that is not transported.</param>
    public SoftAssignmentPass(TransportProblem problem, int threads, bool outside = false)
    {
        _handle = problem.Losses.Pin();
        _isSingle = problem.Losses.IsSingle;
        _rows = problem.Losses.Rows;
        _stored = problem.Losses.Routes;
        _routes = _stored + (outside ? 1 : 0);
        _weights = problem.SampleWeights;
        _threads = threads;
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>Runs the pass at potentials <paramref name="g"/> (−∞ excludes a route) over a subsample of the rows.</summary>
    public void Run(
        double[] g, double epsilon, double rowPower, int stride, bool outer, SoftAssignmentSums sums, CancellationToken cancellationToken)
    {
        RowSample sample = new(_rows, stride);
        RowChunks chunks = new(sample.Count);
        int padded = (_routes + 3) & ~3;
        int width = 6 + padded + (outer ? padded * padded : 0);
        double[] partials = new double[chunks.Count * width];

        // A pass of a fraction of a millisecond gains nothing from waking other threads.
        int threads = (long)sample.Count * _routes < _worthSharing ? 1 : _threads;
        chunks.Run(threads, cancellationToken, chunk =>
        {
            fixed (double* partial = &partials[chunk * width])
            fixed (double* potentials = g)
            {
                RunChunk(sample, chunks.Start(chunk), chunks.End(chunk), potentials, 1 / epsilon, rowPower, outer, partial);
            }
        });
        for (int chunk = 1; chunk < chunks.Count; chunk++)
        {
            for (int i = 0; i < width; i++)
            {
                partials[i] += partials[(chunk * width) + i];
            }
        }

        double scale = 1 / partials[4];
        sums.LogSum = partials[0] * scale;
        sums.Mass = partials[1] * scale;
        sums.Inner = partials[2] * scale;
        sums.MassLog = partials[3] * scale;
        sums.Growth = partials[5] * scale;
        for (int k = 0; k < _routes; k++)
        {
            sums.Shares[k] = partials[6 + k] * scale;
            for (int j = 0; outer && j <= k; j++)
            {
                double value = partials[6 + padded + (j * padded) + k] * scale;
                sums.Outer[(j * _routes) + k] = value;
                sums.Outer[(k * _routes) + j] = value;
            }
        }
    }

    private static double* Align(double* pointer) => (double*)(((nint)pointer + 63) & ~(nint)63);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunChunk(
        RowSample sample, int start, int end, double* g, double inverseEpsilon, double rowPower, bool outer, double* partial)
    {
        int routes = _routes;
        int padded = (routes + 3) & ~3;
        int accumulators = outer ? padded * padded * _lanes : 0;
        int doubles = (padded * _tile) + (_tile * 6) + (padded * _lanes) + accumulators + _lanes;
        double* memory = (double*)NativeMemory.AllocZeroed((nuint)doubles, sizeof(double));
        try
        {
            double* tile = Align(memory);
            double* weights = tile + (padded * _tile);
            double* maxima = weights + _tile;
            double* totals = maxima + _tile;
            double* logs = totals + _tile;
            double* inners = logs + _tile;
            double* powers = inners + _tile;
            double* shares = powers + _tile;
            double* products = shares + (padded * _lanes);
            double growth = 0;
            Vector512<double> logSum = default, mass = default, inner = default, massLog = default, given = default;
            for (int first = start; first < end; first += _tile)
            {
                Load(sample, first, Math.Min(_tile, end - first), tile, weights);
                for (int v = 0; v < _tile; v += _lanes)
                {
                    SoftMax(tile + v, g, inverseEpsilon, maxima + v, totals + v, inners + v);
                }

                for (int v = 0; v < _tile; v += _lanes)
                {
                    Vector512<double> a = Vector512.Load(weights + v);
                    Vector512<double> log = Vector512.Load(maxima + v) + VectorMath.Log(Vector512.Load(totals + v));
                    logSum = VectorMath.MultiplyAdd(a, log, logSum);
                    given += a;
                    log.Store(logs + v);
                }

                if (rowPower != 0)
                {
                    TensorPrimitives.Multiply(new ReadOnlySpan<double>(logs, _tile), rowPower, new Span<double>(powers, _tile));
                    TensorPrimitives.ExpM1(new ReadOnlySpan<double>(powers, _tile), new Span<double>(powers, _tile));
                    for (int r = 0; r < _tile; r++)
                    {
                        growth += weights[r] * powers[r];
                        weights[r] += weights[r] * powers[r];
                    }
                }

                for (int v = 0; v < _tile; v += _lanes)
                {
                    Vector512<double> w = Vector512.Load(weights + v);
                    Vector512<double> log = Vector512.Load(logs + v);
                    Vector512<double> reciprocal = Vector512<double>.One / Vector512.Load(totals + v);
                    mass += w;
                    massLog = VectorMath.MultiplyAdd(w * log, Vector512.Create(rowPower - 1), massLog);
                    inner = VectorMath.MultiplyAdd(w * reciprocal, Vector512.Load(inners + v), inner);
                    Vector512<double> root = Vector512.Sqrt(w);
                    Vector512<double> rootOfShare = root * reciprocal;
                    for (int k = 0; k < routes; k++)
                    {
                        double* cell = tile + (k * _tile) + v;
                        Vector512<double> q = Vector512.Load(cell) * rootOfShare;
                        q.Store(cell);
                        VectorMath.MultiplyAdd(q, root, Vector512.Load(shares + (k * _lanes))).Store(shares + (k * _lanes));
                    }
                }

                if (outer)
                {
                    AddProducts(tile, padded, products);
                }
            }

            partial[0] = Vector512.Sum(logSum);
            partial[1] = Vector512.Sum(mass);
            partial[2] = Vector512.Sum(inner);
            partial[3] = Vector512.Sum(massLog);
            partial[4] = Vector512.Sum(given);
            partial[5] = growth;
            for (int k = 0; k < padded; k++)
            {
                partial[6 + k] = Vector512.Sum(Vector512.Load(shares + (k * _lanes)));
            }

            for (int i = 0; outer && i < padded * padded; i++)
            {
                partial[6 + padded + i] = Vector512.Sum(Vector512.Load(products + (i * _lanes)));
            }
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    /// <summary>Transposes a tile; rows past the end repeat the first one with weight zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Load(RowSample sample, int first, int count, double* tile, double* weights)
    {
        int routes = _stored;
        if (routes < _routes)
        {
            new Span<double>(tile + (routes * _tile), _tile).Clear();
        }

        if (_isSingle && routes % _lanes == 0 && Avx.IsSupported)
        {
            LoadByEights(sample, first, count, tile, weights);
            return;
        }

        for (int r = 0; r < _tile; r++)
        {
            int row = sample.RowAt(first + (r < count ? r : 0));
            weights[r] = r >= count ? 0 : _weights is null ? 1 : _weights[row];
            long offset = (long)row * routes;
            double* column = tile + r;
            if (_isSingle)
            {
                float* source = (float*)_handle.Pointer + offset;
                for (int k = 0; k < routes; k++, column += _tile)
                {
                    *column = source[k];
                }
            }
            else
            {
                double* source = (double*)_handle.Pointer + offset;
                for (int k = 0; k < routes; k++, column += _tile)
                {
                    *column = source[k];
                }
            }
        }
    }

    /// <summary>The same for single precision and a multiple of eight routes: 8 × 8 blocks transposed in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadByEights(RowSample sample, int first, int count, double* tile, double* weights)
    {
        float** rows = stackalloc float*[_lanes];
        for (int v = 0; v < _tile; v += _lanes)
        {
            for (int r = 0; r < _lanes; r++)
            {
                int row = sample.RowAt(first + (v + r < count ? v + r : 0));
                weights[v + r] = v + r >= count ? 0 : _weights is null ? 1 : _weights[row];
                rows[r] = (float*)_handle.Pointer + ((long)row * _stored);
            }

            for (int k = 0; k < _stored; k += _lanes)
            {
                TransposeBlock(rows, k, tile + (k * _tile) + v);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBlock(float** rows, int k, double* target)
    {
        Vector256<float> r0 = Vector256.Load(rows[0] + k), r1 = Vector256.Load(rows[1] + k);
        Vector256<float> r2 = Vector256.Load(rows[2] + k), r3 = Vector256.Load(rows[3] + k);
        Vector256<float> r4 = Vector256.Load(rows[4] + k), r5 = Vector256.Load(rows[5] + k);
        Vector256<float> r6 = Vector256.Load(rows[6] + k), r7 = Vector256.Load(rows[7] + k);
        Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1);
        Vector256<float> a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5);
        Vector256<float> a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE);
        Vector256<float> b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE);
        Vector256<float> b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
        Widen(Avx.Permute2x128(b0, b4, 0x20), target);
        Widen(Avx.Permute2x128(b1, b5, 0x20), target + _tile);
        Widen(Avx.Permute2x128(b2, b6, 0x20), target + (2 * _tile));
        Widen(Avx.Permute2x128(b3, b7, 0x20), target + (3 * _tile));
        Widen(Avx.Permute2x128(b0, b4, 0x31), target + (4 * _tile));
        Widen(Avx.Permute2x128(b1, b5, 0x31), target + (5 * _tile));
        Widen(Avx.Permute2x128(b2, b6, 0x31), target + (6 * _tile));
        Widen(Avx.Permute2x128(b3, b7, 0x31), target + (7 * _tile));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(Vector256<float> values, double* target)
    {
        Avx.ConvertToVector256Double(values.GetLower()).Store(target);
        Avx.ConvertToVector256Double(values.GetUpper()).Store(target + 4);
    }

    /// <summary>Replaces eight rows of losses by exp(z − max z), and stores max z, Σ exp(z − max z) and Σ exp(z − max z) · z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SoftMax(double* tile, double* g, double inverseEpsilon, double* maximum, double* total, double* inner)
    {
        int routes = _routes;
        Vector512<double> scale = Vector512.Create(inverseEpsilon);
        Vector512<double> never = Vector512.Create(_never);
        Vector512<double> top = never;
        double* cell = tile;
        for (int k = 0; k < routes; k++, cell += _tile)
        {
            Vector512<double> z = Vector512.Max((Vector512.Create(g[k]) - Vector512.Load(cell)) * scale, never);
            z.Store(cell);
            top = Vector512.Max(top, z);
        }

        Vector512<double> sum = default, weighted = default;
        cell = tile;
        for (int k = 0; k < routes; k++, cell += _tile)
        {
            Vector512<double> z = Vector512.Load(cell);
            Vector512<double> e = VectorMath.ExpOfNonPositive(z - top);
            sum += e;
            weighted = VectorMath.MultiplyAdd(e, z, weighted);
            e.Store(cell);
        }

        top.Store(maximum);
        sum.Store(total);
        weighted.Store(inner);
    }

    /// <summary>Adds Q Qᵀ of a K × 64 tile to the accumulators, upper 4 × 4 blocks only.</summary>
    private static void AddProducts(double* tile, int padded, double* products)
    {
        for (int j = 0; j < padded; j += 4)
        {
            for (int k = j; k < padded; k += 4)
            {
                double* target = products + (((j * padded) + k) * _lanes);
                AddBlock(tile + (j * _tile), tile + (k * _tile), target, padded * _lanes);
                AddBlock(tile + ((j + 2) * _tile), tile + (k * _tile), target + (2 * padded * _lanes), padded * _lanes);
            }
        }
    }

    /// <summary>A 2 × 4 block: eight accumulators stay in registers over the whole tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlock(double* left, double* right, double* target, int pitch)
    {
        double* second = target + pitch;
        Vector512<double> s00 = Vector512.Load(target), s01 = Vector512.Load(target + 8);
        Vector512<double> s02 = Vector512.Load(target + 16), s03 = Vector512.Load(target + 24);
        Vector512<double> s10 = Vector512.Load(second), s11 = Vector512.Load(second + 8);
        Vector512<double> s12 = Vector512.Load(second + 16), s13 = Vector512.Load(second + 24);
        for (int v = 0; v < _vectors; v++, left += _lanes, right += _lanes)
        {
            Vector512<double> a = Vector512.Load(left), b = Vector512.Load(left + _tile);
            Vector512<double> c = Vector512.Load(right), d = Vector512.Load(right + _tile);
            Vector512<double> e = Vector512.Load(right + (2 * _tile)), f = Vector512.Load(right + (3 * _tile));
            s00 = VectorMath.MultiplyAdd(a, c, s00);
            s01 = VectorMath.MultiplyAdd(a, d, s01);
            s02 = VectorMath.MultiplyAdd(a, e, s02);
            s03 = VectorMath.MultiplyAdd(a, f, s03);
            s10 = VectorMath.MultiplyAdd(b, c, s10);
            s11 = VectorMath.MultiplyAdd(b, d, s11);
            s12 = VectorMath.MultiplyAdd(b, e, s12);
            s13 = VectorMath.MultiplyAdd(b, f, s13);
        }

        s00.Store(target);
        s01.Store(target + 8);
        s02.Store(target + 16);
        s03.Store(target + 24);
        s10.Store(second);
        s11.Store(second + 8);
        s12.Store(second + 16);
        s13.Store(second + 24);
    }
}
