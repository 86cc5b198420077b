using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>A router of <see cref="ColourPictures"/> that the tests of a class share, and the means to fit others.</summary>
public sealed class ColourRouter : IDisposable
{
    public const int FittingRows = 600;

    private readonly ScratchFolder _folder = new();
    private readonly Lazy<(ITransformer Keys, OtdRoutingTransformer Router)> _fitted;

    public ColourRouter()
    {
        Resolutions = ColourModels.Write(_folder.Path);
        _fitted = new(() => Fit());
    }

    public MLContext Context { get; } = new(seed: 1);

    public string Folder => _folder.Path;

    public IReadOnlyList<Resolution> Resolutions { get; }

    /// <summary>A task whose label column is that of the keys, for evaluations.</summary>
    public static ClassificationTask Keyed => new() { LabelColumnName = "Key" };

    /// <summary>The shared router, fitted at 60 % of the largest resolution.</summary>
    public OtdRoutingTransformer Router => _fitted.Value.Router;

    public IDataView Fitting { get => field ??= Load(ColourPictures.Rows(FittingRows, seed: 1)); private set; }

    /// <summary>Other rows, with their labels as keys.</summary>
    public IDataView Test(int rows = 300) => WithKeys(Load(ColourPictures.Rows(rows, seed: 2)));

    public IDataView Load(List<ColourRow> rows) => Context.Data.LoadFromEnumerable(rows);

    /// <summary>The labels as the keys that the shared router was fitted with.</summary>
    public IDataView WithKeys(IDataView data) => _fitted.Value.Keys.Transform(data);

    /// <summary>Options that the shared router has.</summary>
    public OtdResolutionRouter.Options Options()
    {
        var options = new OtdResolutionRouter.Options
        {
            Task = new ClassificationTask { LabelColumnName = "Key", ClassNames = ColourPictures.ClassNames },
            Budget = ComputeBudget.FractionOfLargest(0.6),
            // The models are tiny: threads of the runtime would only wait for each other.
            Scoring = { IntraOpNumThreads = 1 },
        };
        foreach (var resolution in Resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return options;
    }

    /// <summary>The shared options with resolutions of the caller's.</summary>
    public OtdResolutionRouter.Options OptionsWith(params Resolution[] resolutions)
    {
        var options = Options();
        options.Resolutions.Clear();
        foreach (var resolution in resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return options;
    }

    /// <summary>Makes keys of the labels and fits a router.</summary>
    public (ITransformer Keys, OtdRoutingTransformer Router) Fit(OtdResolutionRouter.Options? options = null, IDataView? data = null)
    {
        data ??= Fitting;
        var keys = Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(data);
        return (keys, Context.OtdRouting().Route(options ?? Options()).Fit(keys.Transform(data)));
    }

    public void Dispose()
    {
        if (_fitted.IsValueCreated)
        {
            _fitted.Value.Router.Dispose();
        }

        _folder.Dispose();
    }
}
