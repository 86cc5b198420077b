using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Concurrency;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>
/// Times a router and its resolutions in turns, a pass over some windows of images each: what else happens on the machine meets all of them alike.
/// </summary>
internal sealed class RouterBenchmark : IDisposable
{
    /// <summary>Images that are held in memory, at most: 512 MB of pixels, or this many.</summary>
    private const int MostImages = 4096;
    private const long MostFloats = 1L << 27;

    /// <summary>Rounds that are timed.</summary>
    private const int Rounds = 5;

    /// <summary>Images of a pass of the router; the first and the last window of a pass do not overlap with others.</summary>
    private const int Routed = 2048;

    /// <summary>Images of a pass of a resolution alone.</summary>
    private const int Alone = 256;

    /// <summary>Images of a round that are scored one by one.</summary>
    private const int OneByOne = 32;

    private readonly RoutedScorer _scorer;
    private readonly List<float[]> _images;
    private readonly List<int> _sizes;
    private readonly BatchPool _pool = new();

    private RouterBenchmark(RoutedScorer scorer, List<float[]> images, CancellationToken cancellationToken)
    {
        _scorer = scorer;
        _images = images;
        var sample = images.Take(64).SelectMany(i => i).ToArray();
        _sizes = scorer.Scorers.Select(s => ScorerTiming.Measure(s, sample, scorer.ImageLength, cancellationToken).BestBatch).ToList();
    }

    /// <summary>Runs the benchmark.</summary>
    /// <param name="transform">The router's transformation of a view.</param>
    /// <param name="scorer">Its scorers.</param>
    /// <param name="names">Its columns.</param>
    /// <param name="data">Data with the image column.</param>
    /// <param name="progress">Is told how many rounds are done, of how many.</param>
    /// <param name="cancellationToken">Stops the benchmark.</param>
    public static OtdRoutingBenchmark Run(
        Func<IDataView, IDataView> transform,
        RoutedScorer scorer,
        RouterColumnNames names,
        IDataView data,
        IProgress<(int Done, int Total)>? progress,
        CancellationToken cancellationToken)
    {
        var most = (int)Math.Min(MostImages, MostFloats / scorer.ImageLength);
        var images = ImageSample.Read(data, names.Image, scorer.Readers, scorer.Decoder, most, cancellationToken);
        var files = FileBenchmark.Create(transform, scorer, names, data);
        var total = Rounds + 1 + (files is null ? 0 : FileBenchmark.Rounds + 1);
        using var benchmark = new RouterBenchmark(scorer, images, cancellationToken);
        var measured = benchmark.Run(transform, names, round => progress?.Report((round, total)), cancellationToken);
        return measured with
        {
            FromFiles = files?.Run(measured, benchmark._sizes[^1], round => progress?.Report((Rounds + 1 + round, total)), cancellationToken),
        };
    }

    public void Dispose() => _pool.Dispose();

    private OtdRoutingBenchmark Run(
        Func<IDataView, IDataView> transform, RouterColumnNames names, Action<int> progress, CancellationToken cancellationToken)
    {
        var (rows, runs) = (Routed, _scorer.ScorerSet.Runs);
        var measured = new List<RoundTimes>();
        var (used, costs) = (new long[_sizes.Count], 0.0);
        for (var round = 0; round <= Rounds; round++)
        {
            Array.Clear(used);
            var (routed, parts) = Route(transform(InMemory(names.Image, rows)), names, used, out costs, cancellationToken);
            var alone = _sizes.Select((_, r) => Score(r, Alone, 1, cancellationToken)).ToArray();
            var together = runs == 1 ? alone : _sizes.Select((_, r) => Score(r, Alone, runs, cancellationToken)).ToArray();
            // The first round is not counted: code is compiled again when it is hot, and every size of batch is planned when it is first seen.
            if (round > 0)
            {
                measured.Add(new RoundTimes(routed, parts, alone, together, ScoreOneByOne()));
            }

            progress(round + 1);
        }

        return Result(measured, used, costs);
    }

    /// <summary>Medians over the rounds: what else happens on the machine comes in bursts.</summary>
    private OtdRoutingBenchmark Result(List<RoundTimes> rounds, long[] used, double costs)
    {
        double PerImage(Func<RoundTimes, double> time) => Median(rounds.Select(time)) / Routed;
        double PerImageOfOne(Func<RoundTimes, double> time) => Median(rounds.Select(time)) / Alone;
        var (count, runs) = (_sizes.Count, _scorer.ScorerSet.Runs);
        var alone = Enumerable.Range(0, count).Select(r => PerImageOfOne(w => w.Alone[r])).ToArray();
        var together = Enumerable.Range(0, count).Select(r => PerImageOfOne(w => w.Together[r])).ToArray();
        var shares = Array.ConvertAll(used, u => (double)u / Routed);
        var (routed, largest) = (PerImage(w => w.Routed), alone[^1]);
        return new OtdRoutingBenchmark
        {
            Rows = (long)rounds.Count * Routed,
            ConcurrentRuns = runs,
            RoutedImagesPerSecond = Stopwatch.Frequency / routed,
            Resolutions = together
                .Select((t, r) => new BenchmarkedResolution(
                    _scorer.Scorers[r].Resolution.Name, _sizes[r], Stopwatch.Frequency / t, 1000 * alone[r] / Stopwatch.Frequency))
                .ToList(),
            OneByOneImagesPerSecond = Stopwatch.Frequency / Median(rounds.Select(w => w.OneByOne)),
            MeanCost = costs / Routed,
            ResolutionShares = shares,
            OfTimeLimit = shares.Zip(together, (s, t) => s * t).Sum() / routed,
            OfProcessorLimit = shares.Zip(alone, (s, t) => s * t).Sum() / runs / routed,
            OfFlopsLimit = shares.Zip(_scorer.ScorerSet.Costs, (s, c) => s * c).Sum() / _scorer.ScorerSet.Costs[^1] * together[^1] / routed,
            PolicyShare = PerImage(w => w.Parts.Policy) / largest,
            PoolingShare = PerImage(w => w.Parts.Pooling) / largest,
            ResizingShare = PerImage(w => w.Parts.Resizing) / largest,
        };
    }

    /// <summary>The middle of some times.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>A pass of the router: ticks that it took, and where they went.</summary>
    private (long Ticks, ScoringClock Parts) Route(IDataView routed, RouterColumnNames names, long[] used, out double costs, CancellationToken cancellationToken)
    {
        // The first of the task's columns that is a vector: reading it has every image answered.
        var answer = routed.Schema[_scorer.Task.Columns.First(c => c.Type is VectorDataViewType).Name];
        var started = Stopwatch.GetTimestamp();
        using var cursor = (RoutedCursor)routed.GetRowCursor([answer, routed.Schema[names.Route], routed.Schema[names.Cost]]);
        var getAnswer = cursor.GetGetter<VBuffer<float>>(answer);
        var getRoute = cursor.GetGetter<uint>(routed.Schema[names.Route]);
        var getCost = cursor.GetGetter<float>(routed.Schema[names.Cost]);
        VBuffer<float> values = default;
        var (route, cost) = (0u, 0f);
        costs = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            getAnswer(ref values);
            getRoute(ref route);
            getCost(ref cost);
            costs += cost;
            foreach (var resolution in _scorer.Routes[(int)route - 1].Resolutions)
            {
                used[resolution]++;
            }
        }

        return (Stopwatch.GetTimestamp() - started, cursor.Clock);
    }

    /// <summary>Scores images at a resolution in batches of its best size; ticks that it took.</summary>
    private long Score(int resolution, int count, int runs, CancellationToken cancellationToken)
    {
        var (scorer, size) = (_scorer.Scorers[resolution], _sizes[resolution]);
        var started = Stopwatch.GetTimestamp();
        SideBySide.Run((count + size - 1) / size, runs, piece =>
        {
            var batch = _pool.Rent(scorer, size);
            var group = Math.Min(size, count - (piece * size));
            for (var i = 0; i < group; i++)
            {
                batch.SetImage(i, _images[((piece * size) + i) % _images.Count]);
            }

            batch.Run(group);
            _pool.Return(batch);
        }, cancellationToken);
        return Stopwatch.GetTimestamp() - started;
    }

    private double ScoreOneByOne()
    {
        var batch = _pool.Rent(_scorer.Scorers[^1], 1);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < OneByOne; i++)
        {
            batch.SetImage(0, _images[i % _images.Count]);
            batch.Run(1);
        }

        _pool.Return(batch);
        return (Stopwatch.GetTimestamp() - started) / (double)OneByOne;
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
