using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.DenseRegression;

/// <summary>
/// Small pictures whose brightness is a height above ground, and three models that read it off, each at its size: smooth pictures keep their heights when
/// they are made small, checkered ones lose them. The smallest model measures in another unit.
/// </summary>
public sealed class Hills : IDisposable
{
    public const int Height = 12;
    public const int Width = 16;

    /// <summary>What the smallest model's heights are multiplied by, and what is added.</summary>
    public const float Factor = 0.5f;
    public const float Offset = 0.3f;

    private readonly ScratchFolder _folder = new();
    private readonly Lazy<OtdRoutingTransformer> _router;

    public Hills()
    {
        Resolutions = [Model(3, 4, Factor, Offset), Model(6, 8, 1, 0), Model(Height, Width, 1, 0)];
        _router = new(() => Fit(new DenseRegressionTask { TargetColumnName = "Height" }));
    }

    public MLContext Context { get; } = new(seed: 1);

    public string Folder => _folder.Path;

    public IReadOnlyList<Resolution> Resolutions { get; }

    /// <summary>A router at 60 % of the largest resolution, fitted with true heights.</summary>
    public OtdRoutingTransformer Router => _router.Value;

    /// <summary>Fits a router at 60 % of the largest resolution.</summary>
    public OtdRoutingTransformer Fit(DenseRegressionTask task, IReadOnlyList<HillRow>? rows = null) =>
        Context.OtdRouting().Route(Options(task)).Fit(Load(rows ?? Rows(300, seed: 1)));

    public OtdResolutionRouter.Options Options(DenseRegressionTask task)
    {
        var options = new OtdResolutionRouter.Options
        {
            Task = task, Budget = ComputeBudget.FractionOfLargest(0.6), Scoring = { IntraOpNumThreads = 1 },
        };
        foreach (var resolution in Resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return options;
    }

    public IDataView Load(IReadOnlyList<HillRow> rows) => Context.Data.LoadFromEnumerable(rows);

    /// <summary>Pictures: a slope in a direction of its own, every other one with a checkered part.</summary>
    public static List<HillRow> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(i =>
        {
            var (x0, y0) = (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
            var checks = i % 2 == 0 ? 0 : 15 + (35 * random.NextSingle());
            var row = new HillRow { Image = new float[3 * Height * Width], Height = new float[Height * Width] };
            for (var p = 0; p < Height * Width; p++)
            {
                var (x, y) = (p % Width, p / Width);
                var value = 120 + (6 * x0 * (x - 8)) + (8 * y0 * (y - 6)) + (x > 5 && y > 3 ? checks * (((x + y) % 2 * 2) - 1) : 0);
                for (var c = 0; c < 3; c++)
                {
                    row.Image[(c * Height * Width) + p] = MathF.Round(value + (4 * (random.NextSingle() - 0.5f)));
                }

                row.Height[p] = 1 + (value / 100);
            }

            return row;
        }).ToList();
    }

    /// <summary>A model whose height is one and a hundredth of the mean of the channels, in a unit of its own.</summary>
    internal Resolution Model(int height, int width, float factor, float offset, string? name = null, Action<TinyGraph>? finish = null)
    {
        var graph = new TinyGraph()
            .Input("image", -1, 3, height, width)
            .Constant("weights", [1, 3, 1, 1], factor / 300, factor / 300, factor / 300)
            .Constant("bias", [1], factor + offset)
            .Node("Conv", ["image", "weights", "bias"], "depth");
        if (finish is null)
        {
            graph.Node("GlobalAveragePool", ["image"], "pooled").Node("Flatten", ["pooled"], "embedding").Output("depth").Output("embedding");
        }
        else
        {
            finish(graph);
        }

        return new Resolution(graph.Save(Folder, name ?? $"hills-{height}x{width}"), height, width);
    }

    public void Dispose()
    {
        if (_router.IsValueCreated)
        {
            _router.Value.Dispose();
        }

        _folder.Dispose();
    }
}

/// <summary>A picture and its heights.</summary>
public sealed class HillRow
{
    [VectorType(3 * Hills.Height * Hills.Width)]
    public float[] Image { get; set; } = [];

    [VectorType(Hills.Height * Hills.Width)]
    public float[] Height { get; set; } = [];
}

/// <summary>What comes out.</summary>
public sealed class HillPrediction
{
    public float[] Prediction { get; set; } = [];

    public float Cost { get; set; }
}
