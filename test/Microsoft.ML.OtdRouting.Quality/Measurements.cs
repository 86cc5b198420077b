using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Quality.Tables;

namespace Microsoft.ML.OtdRouting.Quality;

/// <summary>All measurements, one after another. Each is skipped where its models or images are not there.</summary>
internal sealed class Measurements : IDisposable
{
    private static readonly int[] FashionFitting = Rows(0, 5_000);
    private static readonly int[] FashionTest = Rows(10_000, 10_000);

    private readonly MeasurementOptions _options;
    private readonly Report _report = new();
    private readonly Dictionary<string, ScoredFamily?> _families = [];

    private Measurements(MeasurementOptions options) => _options = options;

    public static int Run(MeasurementOptions options)
    {
        using var measurements = new Measurements(options);
        measurements.Run();
        return 0;
    }

    public void Dispose()
    {
        foreach (var family in _families.Values)
        {
            family?.Dispose();
        }
    }

    private void Run()
    {
        _report.Text("# Measured routing");
        _report.Text("Written by `bash test/measure-routing.sh`; do not edit. Costs are fractions of the largest resolution's FLOPs, differences are in percentage points.");
        Measure("fashion", "Fashion-MNIST, residual networks", Fashion("fashion-mnist"), Curve);
        Measure("vit", "Fashion-MNIST, vision transformers", Fashion("fashion-mnist-vit"), Curve);
        Measure("cifar", "CIFAR-10, 20 random splits", Cifar, family =>
        {
            _report.Text("Fitted on 5,000 of the 10,000 images, tested on the others. Mean difference of accuracy at the router's realised cost, with 95 % bounds.");
            SplitTable.Write(_report, family, SplitTable.Random(family.Rows, 5_000, 20, 100), [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
        });
        _report.Save(_options.Report);
    }

    private void Curve(ScoredFamily family)
    {
        _report.Text("Fitted on rows 50,000 to 54,999 of the training file, tested on the 10,000 test images. Mean of three seeds, which are three ways to split the fitting rows into folds: nothing else in the fit is random.");
        CurveTable.Write(_report, family, FashionFitting, FashionTest, [0.2, 0.3, 1.0 / 3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
    }

    private Func<ScoredFamily?> Fashion(string family) => () =>
        Open(family, [Path.Combine(_options.Fashion, "t10k-images-idx3-ubyte.gz")], () => new FashionImages(_options.Fashion));

    private ScoredFamily? Cifar() => OpenZipped("cifar10", 32);

    private ScoredFamily? OpenZipped(string family, int size)
    {
        var files = new[] { "fit", "test" }.Select(part => Path.Combine(_options.Shared, "data", $"{family}-{part}.zip")).ToArray();
        return Open(family, files, () => new ZippedImages(size, files));
    }

    private ScoredFamily? Open(string name, string[] images, Func<IImageSet> open)
    {
        if (_families.TryGetValue(name, out var known))
        {
            return known;
        }

        var folder = Path.Combine(_options.Shared, "models", name);
        var missing = images.Prepend(folder).FirstOrDefault(path => !Path.Exists(path));
        if (missing is not null)
        {
            Progress.Write($"Skipped {name}: {missing} is not there.");
        }

        return _families[name] = missing is null ? ScoredFamily.Open(name, folder, _options.Cache, open) : null;
    }

    private void Measure(string name, string title, Func<ScoredFamily?> open, Action<ScoredFamily> measure)
    {
        if (_options.Only.Count > 0 && !_options.Only.Contains(name))
        {
            return;
        }

        if (open() is { } family)
        {
            _report.Heading(title);
            measure(family);
        }
        else
        {
            _report.Heading(title, "Not measured: its models or images were not there.");
        }
    }

    private static int[] Rows(int start, int count) => Enumerable.Range(start, count).ToArray();
}
