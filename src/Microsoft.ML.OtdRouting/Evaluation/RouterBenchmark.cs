using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>
/// Times a router and its resolutions in turns, a window of images each: what else happens on the machine meets all of them alike.
/// </summary>
internal sealed class RouterBenchmark : IDisposable
{
    /// <summary>Images that are held in memory, at most: 512 MB of pixels, or this many.</summary>
    private const int MostImages = 4096;
    private const long MostFloats = 1L << 27;

    /// <summary>Windows that are timed at least; few images go round several times.</summary>
    private const int LeastWindows = 8;

    /// <summary>Windows ahead of those that are timed: code is compiled again when it is hot, and every size of batch is planned when it is first seen.</summary>
    private const int WarmUpWindows = 4;

    /// <summary>Images of a window that are scored one by one.</summary>
    private const int OneByOne = 32;

    private readonly RoutedScorer _scorer;
    private readonly List<float[]> _images;
    private readonly List<(ScorerBatch Batch, int Size)> _batches;
    private readonly ScorerBatch _single;

    private RouterBenchmark(RoutedScorer scorer, List<float[]> images, CancellationToken cancellationToken)
    {
        _scorer = scorer;
        _images = images;
        var sample = images.Take(64).SelectMany(i => i).ToArray();
        _batches = scorer.Scorers
            .Select(s => (s, ScorerTiming.Measure(s, sample, scorer.ImageLength, cancellationToken).BestBatch))
            .Select(s => (new ScorerBatch(s.s, s.BestBatch), s.BestBatch))
            .ToList();
        _single = new ScorerBatch(scorer.Scorers[^1], 1);
    }

    /// <summary>Runs the benchmark.</summary>
    /// <param name="transform">The router's transformation of a view.</param>
    /// <param name="scorer">Its scorers.</param>
    /// <param name="names">Its columns.</param>
    /// <param name="windowSize">Rows that its cursors read ahead.</param>
    /// <param name="data">Data with the image column.</param>
    /// <param name="progress">Is told how many windows are done, of how many.</param>
    /// <param name="cancellationToken">Stops the benchmark.</param>
    public static OtdRoutingBenchmark Run(
        Func<IDataView, IDataView> transform,
        RoutedScorer scorer,
        RouterColumnNames names,
        int windowSize,
        IDataView data,
        IProgress<(int Done, int Total)>? progress,
        CancellationToken cancellationToken)
    {
        var most = (int)Math.Min(MostImages, MostFloats / scorer.ImageLength);
        var images = ImageSample.Read(data, names.Image, scorer.Readers, scorer.Decoder, most, cancellationToken);
        using var benchmark = new RouterBenchmark(scorer, images, cancellationToken);
        return benchmark.Run(transform, names, windowSize, progress, cancellationToken);
    }

    public void Dispose()
    {
        foreach (var (batch, _) in _batches)
        {
            batch.Dispose();
        }

        _single.Dispose();
    }

    private OtdRoutingBenchmark Run(
        Func<IDataView, IDataView> transform, RouterColumnNames names, int windowSize, IProgress<(int Done, int Total)>? progress, CancellationToken cancellationToken)
    {
        var windows = WarmUpWindows + Math.Max(LeastWindows, (_images.Count + windowSize - 1) / windowSize);
        var routed = transform(InMemory(names.Image, windows * windowSize));
        // The first of the task's columns that is a vector: reading it has every image answered.
        var answer = routed.Schema[_scorer.Task.Columns.First(c => c.Type is VectorDataViewType).Name];
        using var cursor = (RoutedCursor)routed.GetRowCursor([answer, routed.Schema[names.Route], routed.Schema[names.Cost]]);
        var getAnswer = cursor.GetGetter<VBuffer<float>>(answer);
        var getRoute = cursor.GetGetter<uint>(routed.Schema[names.Route]);
        var getCost = cursor.GetGetter<float>(routed.Schema[names.Cost]);
        VBuffer<float> values = default;
        var (route, cost, costs) = (0u, 0f, 0.0);
        var used = new long[_batches.Count];
        var measured = new List<WindowTimes>();
        for (var window = 0; window < windows; window++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (window == WarmUpWindows)
            {
                measured.Clear();
                Array.Clear(used);
                costs = 0;
            }

            var before = cursor.Clock!.Copy();
            var started = Stopwatch.GetTimestamp();
            for (var row = 0; row < windowSize; row++)
            {
                cursor.MoveNext();
                getAnswer(ref values);
                getRoute(ref route);
                getCost(ref cost);
                costs += cost;
                foreach (var resolution in _scorer.Routes[(int)route - 1].Resolutions)
                {
                    used[resolution]++;
                }
            }

            var time = Stopwatch.GetTimestamp() - started;
            var parts = cursor.Clock!.Since(before);
            measured.Add(new WindowTimes(
                time - parts.Reading,
                parts,
                _batches.Select(b => Score(b.Batch, b.Size, window * windowSize, windowSize)).ToArray(),
                Score(_single, 1, window * windowSize, OneByOne) / (double)OneByOne));
            progress?.Report((window + 1, windows));
        }

        return Result(measured, windowSize, used, costs);
    }

    /// <summary>Medians over the windows: what else happens on the machine comes in bursts.</summary>
    private OtdRoutingBenchmark Result(List<WindowTimes> windows, int windowSize, long[] used, double costs)
    {
        double PerImage(Func<WindowTimes, double> time) => Median(windows.Select(time)) / windowSize;
        var perImage = _batches.Select((_, r) => PerImage(w => w.Resolutions[r])).ToArray();
        var rows = (long)windows.Count * windowSize;
        var shares = Array.ConvertAll(used, u => (double)u / rows);
        var routed = PerImage(w => w.Routed);
        var largest = perImage[^1];
        return new OtdRoutingBenchmark
        {
            Rows = rows,
            RoutedImagesPerSecond = Stopwatch.Frequency / routed,
            Resolutions = perImage
                .Select((t, r) => new BenchmarkedResolution(_scorer.Scorers[r].Resolution.Name, _batches[r].Size, Stopwatch.Frequency / t))
                .ToList(),
            OneByOneImagesPerSecond = Stopwatch.Frequency / Median(windows.Select(w => w.OneByOne)),
            MeanCost = costs / rows,
            ResolutionShares = shares,
            OfTimeLimit = shares.Zip(perImage, (s, t) => s * t).Sum() / routed,
            OfFlopsLimit = shares.Zip(_scorer.ScorerSet.Costs, (s, c) => s * c).Sum() / _scorer.ScorerSet.Costs[^1] * largest / routed,
            PolicyShare = PerImage(w => w.Parts.Policy) / largest,
            PoolingShare = PerImage(w => w.Parts.Pooling) / largest,
            ResizingShare = PerImage(w => w.Parts.Resizing) / largest,
            BookkeepingShare = PerImage(w => w.Routed + w.Parts.Reading - w.Parts.Sum) / largest,
        };
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Scores images in batches of one size; ticks that it took.</summary>
    private long Score(ScorerBatch batch, int size, int first, int count)
    {
        var started = Stopwatch.GetTimestamp();
        for (var start = 0; start < count; start += size)
        {
            var group = Math.Min(size, count - start);
            for (var i = 0; i < group; i++)
            {
                batch.SetImage(i, _images[(first + start + i) % _images.Count]);
            }

            batch.Run(group);
        }

        return Stopwatch.GetTimestamp() - started;
    }

    private IDataView InMemory(string column, int rows)
    {
        var definition = SchemaDefinition.Create(typeof(PixelRow));
        definition[0].ColumnName = column;
        definition[0].ColumnType = new VectorDataViewType(NumberDataViewType.Single, _scorer.ImageLength);
        return new MLContext().Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(i => new PixelRow { Pixels = _images[i % _images.Count] }), definition);
    }

    private sealed class PixelRow
    {
        public float[] Pixels { get; set; } = [];
    }
}
