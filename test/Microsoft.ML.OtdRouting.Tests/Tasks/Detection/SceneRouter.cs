using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>A router of <see cref="Scenes"/> that the tests of a class share, and the means to fit others.</summary>
public sealed class SceneRouter : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly Lazy<OtdRoutingTransformer> _router;

    public SceneRouter()
    {
        Resolutions = Scenes.Write(_folder.Path);
        Fitting = Keyed(Context.Data.LoadFromEnumerable(Scenes.Rows(400, seed: 1)));
        Test = Keyed(Context.Data.LoadFromEnumerable(Scenes.Rows(200, seed: 2)));
        _router = new(() => Fit(Options()));
    }

    public MLContext Context { get; } = new(seed: 1);

    public string Folder => _folder.Path;

    public IReadOnlyList<Resolution> Resolutions { get; }

    public IDataView Fitting { get; }

    public IDataView Test { get; }

    /// <summary>The shared router, at 85 % of the largest resolution.</summary>
    public OtdRoutingTransformer Router => _router.Value;

    /// <summary>The rows with keys in an order that is not that of the models.</summary>
    public IDataView Keyed(IDataView rows)
    {
        var keys = Context.Data.LoadFromEnumerable(new[] { "blue", "red", "green" }.Select(name => new Named { Name = name }));
        return Context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: keys).Fit(rows).Transform(rows);
    }

    public DetectionTask Task() => new() { LabelColumnName = "Key", ClassNames = Scenes.ClassNames };

    public OtdResolutionRouter.Options Options(DetectionTask? task = null, IEnumerable<Resolution>? resolutions = null)
    {
        var options = new OtdResolutionRouter.Options
        {
            Task = task ?? Task(),
            ImageFit = ImageFit.Letterbox,
            Budget = ComputeBudget.FractionOfLargest(0.85),
            Scoring = { IntraOpNumThreads = 1 },
        };
        foreach (var resolution in resolutions ?? Resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return options;
    }

    public OtdRoutingTransformer Fit(OtdResolutionRouter.Options options, IDataView? rows = null) => Context.OtdRouting().Route(options).Fit(rows ?? Fitting);

    public void Dispose()
    {
        if (_router.IsValueCreated)
        {
            _router.Value.Dispose();
        }

        _folder.Dispose();
    }

    private sealed class Named
    {
        public string Name { get; set; } = "";
    }
}
