using Microsoft.ML.OtdRouting.Quality.Ablations;
using Microsoft.ML.OtdRouting.Quality.Features;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Quality.Tables;
using Microsoft.ML.OtdRouting.Tasks.DenseRegression;

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
        Measure("cifar", "CIFAR-10 with 300 fitting images, 20 draws", Cifar, family =>
        {
            _report.Text("Tested on the other 9,700 images.");
            SplitTable.Write(_report, family, SplitTable.Random(family.Rows, 300, 20, 200), [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
        });
        Measure("labels", "Without labels: CIFAR-10", Cifar, family => WithoutLabels(family, SplitTable.Random(family.Rows, 5_000, 10, 100)));
        Measure("labels", "Without labels: Fashion-MNIST, residual networks", Fashion("fashion-mnist"), family => WithoutLabels(family, [(FashionFitting, FashionTest)]));
        Measure("labels", "Without labels: Fashion-MNIST, vision transformers", Fashion("fashion-mnist-vit"), family => WithoutLabels(family, [(FashionFitting, FashionTest)]));
        MeasureRealModels();
        MeasureDrift();
        MeasurePromises();
        MeasureSearches();
        MeasureFeatures();
        Measure("flowers", "Flowers, 900 fitting and 400 test images", Flowers, family =>
            LargestTable.Write(_report, family, Rows(0, 900), Rows(900, 400), [0.4, 0.5, 0.6, 0.7, 0.8]));
        Measure("ablations", "Ablations on Fashion-MNIST, residual networks", Fashion("fashion-mnist"), Ablate);
        Measure("ablations", "Ablations on Fashion-MNIST, vision transformers", Fashion("fashion-mnist-vit"), Ablate);
        Measure("ablations", "Ablations on CIFAR-10", Cifar, Ablate);
        Measure("budget", "Budgets on 200 random splits of CIFAR-10", Cifar, family =>
            BudgetTable.Write(_report, family, SplitTable.Random(family.Rows, 5_000, 200, 1_000), [0.3, 0.5, 0.7, 0.9]));
        Measure("enforcement", "Row by row and by window, on 5 random splits of CIFAR-10", Cifar, family =>
        {
            _report.Text("Windows of 256 rows. The cost strays from rows × that of the fitted plan, which is the budget where it binds.");
            EnforcementTable.Write(_report, family, SplitTable.Random(family.Rows, 5_000, 5, 100), [0.3, 0.5, 0.7, 0.9]);
        });
        Measure("times", "Times of a fit to 5,000 images of CIFAR-10", Cifar, family =>
            TimeTable.Write(_report, family, Rows(0, 5_000), new ZippedImages(32, Path.Combine(_options.Shared, "data", "cifar10-fit.zip"))));
        _report.Save(_options.Report);
    }

    /// <summary>ImageNet classifiers as they are published: a page of its own, beside the report.</summary>
    private void MeasureRealModels()
    {
        if (_options.Only.Count > 0 && !_options.Only.Contains("imagenet"))
        {
            return;
        }

        double[] budgets = [0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1];
        var report = new Report();
        report.Text("# Networks as they are published");
        report.Text("Written by `bash test/measure-routing.sh`; do not edit. ImageNet classifiers that were not made for routing, 1,000 classes, 911 photographs (299 × 299 pixels): " +
            "fitted on 455 of them, tested on the other 456. Eleven splits: that of the photographs' own folders, and ten random ones; mean differences of accuracy at the router's " +
            "realised cost in points, with 95 % bounds over the splits, which share their photographs. Costs are fractions of the largest resolution's FLOPs. Thresholds of cascades and the resolutions of the " +
            "static mix are chosen with the test images' help; nothing of the router is.");
        foreach (var (open, title, text) in new (Func<ScoredFamily?>, string, string)[]
        {
            (MobileNets, "Four MobileNets, each trained at its own size", "MobileNet v1 0.25 at 128 pixels, 0.5 at 160 and 0.75 at 192, MobileNet v2 at 224."),
            (FreeMobileNet, "One MobileNet v2, trained at 224 pixels, at five sizes", "What a user meets who runs an ordinary network at smaller sizes than it was trained for."),
        })
        {
            if (open() is not { } family)
            {
                report.Heading(title, "Not measured: its models or images were not there.");
                continue;
            }

            report.Heading(title, text);
            List<(int[] Fitting, int[] Test)> splits = [(Rows(0, 455), Rows(455, family.Rows - 455)), .. SplitTable.Random(family.Rows, 455, 10, 300)];
            SplitTable.Write(report, family, splits, budgets);
            report.Text("What it is made of: every resolution aligned with what the largest one says ([routing.md](routing.md)), alone and in the router.");
            AlignmentTable.Write(report, family, splits, budgets);
        }

        report.Save(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_options.Report))!, "real-models.md"));
    }

    /// <summary>Streams that drift and streams that do not: a page of its own, beside the report.</summary>
    private void MeasureDrift()
    {
        if (_options.Only.Count > 0 && !_options.Only.Contains("drift"))
        {
            return;
        }

        var report = new Report();
        report.Text("# Measured drift");
        report.Text("Written by `bash test/measure-drift.sh`; do not edit. [drift.md](drift.md) says what it means. The product's policies choose, by what its models said about every image once.");
        DriftTable.Explain(report);
        foreach (var (title, open, test) in new[]
        {
            ("Fashion-MNIST, residual networks", Fashion("fashion-mnist"), FashionTest),
            ("Fashion-MNIST, vision transformers", Fashion("fashion-mnist-vit"), FashionTest),
            ("CIFAR-10", Cifar, Rows(5_000, 5_000)),
        })
        {
            if (open() is { } family)
            {
                report.Heading(title);
                DriftTable.WriteAlternating(report, family, Rows(0, 5_000), test, [0.3, 0.4, 0.5, 0.6, 0.8]);
                report.Text("Ten random splits, 5,000 images to fit and the others in random order: nothing drifts. Points of accuracy against `Calibrated`, with 95 % bounds over the splits, which share their images; and how far the mean cost is off the budget.");
                DriftTable.WriteExchangeable(report, family, SplitTable.Random(family.Rows, 5_000, 10, 100), [0.3, 0.4, 0.5, 0.6, 0.8]);
            }
        }

        if (Fashion("fashion-mnist")() is { } fashion)
        {
            report.Heading("Alarms", "False alarms: 200 random splits of the Fashion-MNIST images, 2,000 to fit a router of its own and 6,000 others as the stream, with the residual networks.");
            AlarmTable.WriteFalse(report, fashion, SplitTable.Random(fashion.Rows, 2_000, 200, 5_000).Select(s => (s.Fitting, s.Test[..6_000])).ToList(), [0.3, 0.5]);
            report.Text("True alarms, at a rate of 0.01 and a budget of 30 %: after 3,000 rows like those of the fit (5,000 images) the stream goes on with a part of the images alone, by predicted loss. Rows of the drift until the alarm.");
            AlarmTable.WriteDelays(report, fashion, FashionFitting, FashionTest, 0.3, [0.5, -0.5, 0.8, -0.8, 0.9, -0.9]);
        }

        report.Save(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_options.Report))!, "drift-results.md"));
    }

    /// <summary>Searches over ways to fit: a page of its own, beside the report.</summary>
    private void MeasureSearches()
    {
        if (_options.Only.Count > 0 && !_options.Only.Contains("search"))
        {
            return;
        }

        var report = new Report();
        report.Text("# Measured searches");
        report.Text("Written by `bash test/measure-search.sh`; do not edit. [promises.md](promises.md#search) says what it means. Fifty trials on one scoring, the default among them; a trial is taken where its " +
            "held-out rows speak for it at a level of 5 % that all trials share. What seems best on held-out rows, without that, stands beside it. Seconds of the search, scoring apart: pools are fitted once for all trials, so the first budget of a family takes longer than the others, which need none.");
        foreach (var (title, open) in new[]
        {
            ("Fashion-MNIST, residual networks", Fashion("fashion-mnist")), ("Fashion-MNIST, vision transformers", Fashion("fashion-mnist-vit")),
        })
        {
            if (open() is { } family)
            {
                report.Heading(title, "Fitted on rows 50,000 to 54,999 of the training file, tested on the 10,000 test images.");
                SearchTable.Write(report, family, FashionFitting, FashionTest, [0.3, 0.4, 0.5], 50);
            }
        }

        if (Cifar() is { } cifar)
        {
            report.Heading("CIFAR-10", "Fitted on the first 5,000 images, tested on the other 5,000.");
            SearchTable.Write(report, cifar, Rows(0, 5_000), Rows(5_000, 5_000), [0.4, 0.6, 0.8], 50);
        }

        report.Save(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_options.Report))!, "search-results.md"));
    }

    /// <summary>What the features of first looks bring, of the tasks beside classification, a page for each: only where it is asked for, since nothing else needs their pictures.</summary>
    private void MeasureFeatures()
    {
        foreach (var (name, splits, sets) in FeatureSets.All.Where(s => _options.Only.Contains(s.Name)))
        {
            var report = new Report();
            report.Text($"# What the first look's features bring: {name}");
            report.Text($"Written by `bash test/measure-features.sh {name}`; do not edit.");
            foreach (var open in sets)
            {
                using var set = open(_options.Images);
                FeatureStudy.Write(report, set, splits);
                if (set.Task is BoundDenseRegression)
                {
                    DoubtStudy.Write(report, set, splits);
                }
            }

            report.Save(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_options.Report))!, $"features-{name}.md"));
        }
    }

    /// <summary>Promises in place of budgets: a page of its own, beside the report.</summary>
    private void MeasurePromises()
    {
        if (_options.Only.Count > 0 && !_options.Only.Contains("promise"))
        {
            return;
        }

        var report = new Report();
        report.Text("# Measured promises");
        report.Text("Written by `bash test/measure-promise.sh`; do not edit. [promises.md](promises.md) says what they mean. Budgets are fractions of the largest resolution's FLOPs, differences of budgets are in points.");
        if (Cifar() is { } cifar)
        {
            report.Heading(
                "CIFAR-10, 300 random halves",
                "Every fit takes 5,000 of the 10,000 images, and of them keeps a part back to test budgets on. A promise is broken where the router is worse than promised on the other 5,000. These are a sample " +
                "too, so a promise that is just true is broken on them half of the time: where n images are kept back, one that is broken with a chance of 10 % is broken on them with a chance of " +
                "Φ(−1.28 / √(1 + n / 5,000)), which is 13 %, 15 % and 16 % for the three parts. On all images that the router was not fitted to (the kept-back ones are a random sample of them) there " +
                "is no such noise, but the two have images in common.",
                "The least budget is the one above which, up to the largest resolution's cost, the router of the same fit holds the promise on the other 5,000.");
            PromiseTable.Write(report, cifar, SplitTable.Random(cifar.Rows, 5_000, 300, 9_000), [.. new[] { 1.0 / 3, 0.5, 2.0 / 3 }.Select(k => QualityTarget.WithinLargest(1, 0.9, k))]);
        }

        foreach (var (title, open) in new[]
        {
            ("Fashion-MNIST, residual networks", Fashion("fashion-mnist")), ("Fashion-MNIST, vision transformers", Fashion("fashion-mnist-vit")),
        })
        {
            if (open() is { } family)
            {
                report.Heading(title, "One fit to rows 50,000 to 54,999 of the training file, of which half are kept back; measured on the 10,000 test images.");
                PromiseTable.Write(report, family, [(FashionFitting, FashionTest)], [QualityTarget.WithinLargest(0.5), QualityTarget.WithinLargest(1), QualityTarget.WithinLargest(2)]);
            }
        }

        report.Save(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_options.Report))!, "promise-results.md"));
    }

    private void Curve(ScoredFamily family)
    {
        _report.Text("Fitted on rows 50,000 to 54,999 of the training file, tested on the 10,000 test images. Mean of three seeds, which are three ways to split the fitting rows into folds: nothing else in the fit is random.");
        CurveTable.Write(_report, family, FashionFitting, FashionTest, [0.2, 0.3, 1.0 / 3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
    }

    private void WithoutLabels(ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits)
    {
        _report.Text(splits.Count > 1
            ? $"The product fitted to labels, and to teachers that need none, on {splits.Count} random splits; accuracy by the labels."
            : "The product fitted to labels, and to teachers that need none, on the rows of the curve above; accuracy by the labels.");
        AblationTable.Write(_report, family, splits, [0.3, 0.4, 0.5, 0.6, 0.7],
        [
            new("labels") { Product = new() },
            new("teacher: Weighted (the default without labels)") { Product = new() { Teacher = ClassificationTeacher.Weighted } },
            new("teacher: Largest") { Product = new() { Teacher = ClassificationTeacher.Largest } },
            new("teacher: Mean") { Product = new() { Teacher = ClassificationTeacher.Mean } },
        ]);
    }

    private void Ablate(ScoredFamily family)
    {
        _report.Text("Four random halves of 10,000 images fitted on, the other halves predicted; no test image of Fashion-MNIST is among them. The difference is to the first row, over all budgets, in points; from the third row on, one part of the first row is switched off or replaced.");
        AblationTable.Write(_report, family, SplitTable.Random(10_000, 5_000, 4, 7), [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], AblationList.All);
    }

    private Func<ScoredFamily?> Fashion(string family) => () =>
        Open(family, [Path.Combine(_options.Fashion, "t10k-images-idx3-ubyte.gz")], () => new FashionImages(_options.Fashion));

    private ScoredFamily? Cifar() => OpenZipped("cifar10", 32);

    private ScoredFamily? Flowers() => OpenZipped("flowers", 160);

    private ScoredFamily? OpenZipped(string family, int size)
    {
        var files = new[] { "fit", "test" }.Select(part => Path.Combine(_options.Shared, "data", $"{family}-{part}.zip")).ToArray();
        return Open(family, files, () => new ZippedImages(size, files));
    }

    private ScoredFamily? Open(
        string name, string[] images, Func<IImageSet> open, Func<string, IReadOnlyList<Resolution>>? resolutions = null, string? models = null)
    {
        resolutions ??= ScoredFamily.ResolutionsIn;
        if (_families.TryGetValue(name, out var known))
        {
            return known;
        }

        var folder = Path.Combine(_options.Shared, "models", models ?? name);
        var missing = images.Prepend(folder).FirstOrDefault(path => !Path.Exists(path));
        if (missing is not null)
        {
            Progress.Write($"Skipped {name}: {missing} is not there.");
        }

        return _families[name] = missing is null ? ScoredFamily.Open(name, resolutions(folder), _options.Cache, open) : null;
    }

    /// <summary>Four MobileNets, each trained at its own size.</summary>
    private ScoredFamily? MobileNets() => OpenImageNet("imagenet", ScoredFamily.ResolutionsIn);

    /// <summary>One MobileNet, trained at 224 pixels, at five sizes.</summary>
    private ScoredFamily? FreeMobileNet() => OpenImageNet(
        "imagenet-free",
        folder => new[] { 96, 128, 160, 192, 224 }.Select(size => new Resolution(Path.Combine(folder, "mobilenet_v2_1.0_dynamic.onnx"), size)).ToList());

    private ScoredFamily? OpenImageNet(string name, Func<string, IReadOnlyList<Resolution>> resolutions)
    {
        var file = Path.Combine(_options.Shared, "data", "imagenet-nips17.zip");
        return Open(name, [file], () => new ZippedImages(224, ZippedImages.Lines(file, "wnids.txt"), [file]), resolutions, "imagenet");
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
