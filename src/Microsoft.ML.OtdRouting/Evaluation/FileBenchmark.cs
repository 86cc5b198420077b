using System.Buffers;
using System.Diagnostics;
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Concurrency;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Times a router from the file on, beside what can be had without it.</summary>
internal sealed class FileBenchmark
{
    /// <summary>Rounds that are timed.</summary>
    public const int Rounds = 3;

    /// <summary>Files of a round, which is gone through several times where they are few or small.</summary>
    private const int MostFiles = 512;

    /// <summary>Seconds that a pass of the router takes at least: the first and the last window of a pass do not overlap with others.</summary>
    private const double LeastSeconds = 2;

    private const string PlainOutput = "OtdRouting.Plain";

    private readonly Func<IDataView, IDataView> _transform;
    private readonly RoutedScorer _scorer;
    private readonly RouterColumnNames _names;
    private IReadOnlyList<string> _files;

    private FileBenchmark(Func<IDataView, IDataView> transform, RoutedScorer scorer, RouterColumnNames names, IReadOnlyList<string> files)
    {
        _transform = transform;
        _scorer = scorer;
        _names = names;
        _files = files;
    }

    /// <summary>A benchmark of the files of a view; null where its images are no files.</summary>
    public static FileBenchmark? Create(Func<IDataView, IDataView> transform, RoutedScorer scorer, RouterColumnNames names, IDataView data)
    {
        var column = ImageSource.Bind(data.Schema, names.Image, scorer.ImageHeight, scorer.ImageWidth);
        return ImageSource.FormOf(column) == ImageForm.Paths
            ? new FileBenchmark(transform, scorer, names, data.GetColumn<string>(column).Take(MostFiles).ToList())
            : null;
    }

    /// <summary>Runs it.</summary>
    /// <param name="inMemory">What was measured of images in memory.</param>
    /// <param name="batchSize">The largest resolution's best batch.</param>
    /// <param name="progress">Is told how many rounds are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public OtdFileBenchmark Run(OtdRoutingBenchmark inMemory, int batchSize, Action<int> progress, CancellationToken cancellationToken)
    {
        var ml = new MLContext(seed: 1);
        var view = View(ml);
        using var lasting = LastingSessionOptions.In(ml);
        var plain = PlainPipeline(ml, view);
        var answer = _scorer.Task.Columns.First(c => c.Type is VectorDataViewType).Name;
        var (routed, alone, byHand, plainly) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        using var pool = new BatchPool();
        for (var round = 0; round <= Rounds; round++)
        {
            double[] times =
            [
                Read(_transform(view), [answer, _names.Route], cancellationToken),
                Decode(cancellationToken),
                ByHand(pool, batchSize, cancellationToken),
                plain is null ? double.NaN : Read(plain.Transform(view), [PlainOutput], cancellationToken),
            ];
            if (round > 0)
            {
                routed.Add(times[0]);
                alone.Add(times[1]);
                byHand.Add(times[2]);
                plainly.Add(times[3]);
            }

            else
            {
                var passes = (int)Math.Ceiling(LeastSeconds / times[0]);
                _files = [.. Enumerable.Repeat(_files, passes).SelectMany(files => files)];
                view = View(ml);
            }

            progress(round + 1);
        }

        (plain as IDisposable)?.Dispose();
        var decoding = RouterBenchmark.Median(alone);
        var scoring = inMemory.ResolutionShares.Zip(inMemory.Resolutions, (share, r) => share / r.ImagesPerSecond).Sum();
        var rate = _files.Count / RouterBenchmark.Median(routed);
        return new OtdFileBenchmark
        {
            Rows = _files.Count,
            RoutedImagesPerSecond = rate,
            DecodedImagesPerSecond = 1 / decoding,
            OfOverlapLimit = rate * (decoding + scoring),
            LargestByHandImagesPerSecond = _files.Count / RouterBenchmark.Median(byHand),
            PlainImagesPerSecond = plain is null ? null : _files.Count / RouterBenchmark.Median(plainly),
            DecodingShare = decoding / (decoding + scoring),
        };
    }

    private IDataView View(MLContext ml)
    {
        var definition = SchemaDefinition.Create(typeof(FileRow));
        definition[0].ColumnName = _names.Image;
        return ml.Data.LoadFromEnumerable(_files.Select(f => new FileRow { Path = f }), definition);
    }

    /// <summary>Seconds that reading columns of a view takes.</summary>
    private static double Read(IDataView view, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var cursor = view.GetRowCursor(columns.Select(c => view.Schema[c]));
        var getAnswer = cursor.GetGetter<VBuffer<float>>(view.Schema[columns[0]]);
        VBuffer<float> values = default;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            getAnswer(ref values);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Seconds an image that decoding alone takes all threads together.</summary>
    private double Decode(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        SideBySide.Run(_files.Count, _scorer.ScorerSet.Runs, i =>
        {
            var (pixels, reader) = (ArrayPool<float>.Shared.Rent(_scorer.ImageLength), _scorer.Readers.Rent());
            _scorer.Decoder.Read(_files[i], reader, pixels.AsSpan(0, _scorer.ImageLength));
            _scorer.Readers.Return(reader);
            ArrayPool<float>.Shared.Return(pixels);
        }, cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalSeconds / _files.Count;
    }

    /// <summary>Seconds that the largest resolution takes on all files in a loop by hand.</summary>
    private double ByHand(BatchPool pool, int batchSize, CancellationToken cancellationToken)
    {
        var scorer = _scorer.Scorers[^1];
        var started = Stopwatch.GetTimestamp();
        SideBySide.Run((_files.Count + batchSize - 1) / batchSize, _scorer.ScorerSet.Runs, piece =>
        {
            var (batch, reader, pixels) = (pool.Rent(scorer, batchSize), _scorer.Readers.Rent(), new float[_scorer.ImageLength]);
            var count = Math.Min(batchSize, _files.Count - (piece * batchSize));
            for (var i = 0; i < count; i++)
            {
                _scorer.Decoder.Read(_files[(piece * batchSize) + i], reader, pixels);
                batch.SetImage(i, pixels);
            }

            batch.Run(count);
            pool.Return(batch);
            _scorer.Readers.Return(reader);
        }, cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The largest resolution by ML.NET's own transformers; null where they do not make what its model takes.</summary>
    private ITransformer? PlainPipeline(MLContext ml, IDataView view)
    {
        const string Loaded = "OtdRouting.Loaded", Sized = "OtdRouting.Sized", Pixels = "OtdRouting.Pixels";
        var scorer = _scorer.Scorers[^1];
        if (scorer.HasHalfInput || scorer.Outputs[0].IsHalf || scorer.Resolution.Preprocessing.Layout != PixelLayout.Planar)
        {
            return null;
        }

        var (height, width) = (scorer.Resolution.Height, scorer.Resolution.Width);
        using var model = new MemoryStream(scorer.ReadModel().ToByteArray());
        return ml.Transforms.LoadImages(Loaded, _scorer.Decoder.Folder, _names.Image)
            .Append(ml.Transforms.ResizeImages(
                Sized, width, height, Loaded, PlainResizing.Of(_scorer.Fit)))
            .Append(ml.Transforms.ExtractPixels(Pixels, Sized))
            .Append(ml.Transforms.CopyColumns(scorer.InputName, Pixels))
            .Append(ml.Transforms.ApplyOnnxModel(
                [scorer.OutputName], [scorer.InputName], model, new Dictionary<string, int[]> { [scorer.InputName] = [1, 3, height, width] }, null, false))
            .Append(ml.Transforms.CopyColumns(PlainOutput, scorer.OutputName))
            .Fit(view);
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";
    }
}
