using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tasks.DenseRegression;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Objectives;
using Microsoft.ML.OtdRouting.Training.Trainer;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Objectives;

/// <summary>Maps as an objective: the network, its losses and what comes out of training.</summary>
[Collection(TorchState.Name)]
public class DenseObjectiveTests
{
    private const int Height = 24;
    private const int Width = 32;

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(Backbone.ResNet8)]
    [InlineData(Backbone.ResNet10)]
    [InlineData(Backbone.ResNet18)]
    public void What_is_written_is_what_is_computed(Backbone backbone)
    {
        // Sides that do not halve evenly: what is doubled on the way back is cut.
        using var network = new DenseRegressionObjective().CreateNetwork(backbone, new NetworkSettings([new InputSize(18, 25), new InputSize(36, 50)], 1, 8, [100, 110, 120], [50, 55, 60]));
        using var scope = NewDisposeScope();
        network.train();
        for (var size = 0; size < 2; size++)
        {
            network.Forward(rand(4, 3, network.Sizes[size].Height, network.Sizes[size].Width) * 255, size);
        }

        network.eval();
        for (var size = 0; size < 2; size++)
        {
            var (height, width) = (network.Sizes[size].Height, network.Sizes[size].Width);
            var batch = new TrainingBatch(network.Sizes, 3, 1) { Count = 3 };
            var random = new Random(size);
            for (var i = 0; i < batch.Pixels[size].Length; i++)
            {
                batch.Pixels[size][i] = 255 * random.NextSingle();
            }

            using var off = no_grad();
            var output = network.Forward(tensor(batch.Pixels[size], [3, 3, height, width]), size);
            Assert.Equal([3, 1, (height + 1) / 2, (width + 1) / 2], output.Answer.shape);
            Assert.All(output.Answer.Values(), v => Assert.True(v > 0));
            Assert.True(output.Answer.std().Value() > 1e-3);
            var scored = new ScoredBatch(output.Answer.Values(), output.Answer.shape[1..], output.Embedding.Values(), output.Embedding.shape[1..]);
            NetworkExport.RequireSame(NetworkExport.Write(network, size, scored, "depth", []).ToByteArray(), batch, size, network.Sizes[size], scored, "depth");
        }
    }

    [Theory]
    [InlineData(DenseLoss.AbsoluteRelative)]
    [InlineData(DenseLoss.SquaredLogarithm)]
    [InlineData(DenseLoss.Squared)]
    public void Losses_are_those_of_the_task(DenseLoss loss)
    {
        var rows = Rows(3);
        rows[1].Label[5] = 0;
        rows[1].Label[77] = float.NaN;
        var objective = Bind(new DenseRegressionObjective { Loss = loss }, View(rows));
        using var scope = NewDisposeScope();
        var answer = rand(3, 1, 6, 8).Plus(0.5);
        var task = new DenseRegressionTask { Loss = loss };
        var truths = Truths(objective, rows);
        var losses = objective.Losses(new NetworkOutput(answer, answer), tensor([.. truths.SelectMany(t => t)], [3, objective.TargetLength]), new InputSize(Height, Width)).Values();
        var right = objective.Right(new NetworkOutput(answer, answer), tensor([.. truths.SelectMany(t => t)], [3, objective.TargetLength]), new InputSize(Height, Width));
        var resizer = new BilinearMap(new DenseShape(6, 8, 0), new DenseShape(Height / 2, Width / 2, 0));
        var expectedRight = 0.0;
        for (var i = 0; i < 3; i++)
        {
            var map = new float[Height * Width / 4];
            resizer.AddTo(answer.Values().AsSpan(i * 48, 48), 1, map);
            var errors = PixelErrors.Of(task, map, rows[i].Label.Select(v => v == 0 ? float.NaN : v).ToArray());
            Assert.Equal(i == 1 ? map.Length - 2 : map.Length, errors.Count);
            Assert.Equal(errors.Loss(task, 1), losses[i], 1e-4);
            expectedRight += PixelErrors.Of(new DenseRegressionTask(), map, rows[i].Label.Select(v => v == 0 ? float.NaN : v).ToArray()).WithinShare;
        }

        Assert.Equal(expectedRight, right, 1e-4);
    }

    [Fact]
    public void A_mirrored_picture_has_a_mirrored_map()
    {
        var rows = Rows(1);
        rows[0].Label[3] = 0;
        var objective = Bind(new DenseRegressionObjective(), View(rows));
        var truth = Truths(objective, rows)[0];
        var (same, mirrored, back) = (new float[truth.Length], new float[truth.Length], new float[truth.Length]);
        objective.Place(truth, default, same);
        objective.Place(truth, new ImagePlacement(0, 0, true), mirrored);
        objective.Place(mirrored, new ImagePlacement(0, 0, true), back);
        Assert.Equal(truth, same);
        Assert.Equal(truth, back);
        for (var i = 0; i < truth.Length; i++)
        {
            Assert.Equal(truth[i], mirrored[(i / 16 * 16) + 15 - (i % 16)]);
        }
    }

    [Fact]
    public void What_does_not_go_with_maps_is_refused()
    {
        var view = View(Rows(40));
        Assert.Contains("PadAndCrop is 2", Refused(o => o.PadAndCrop = 2));
        Assert.Contains("multiple of 8", Refused(o => o.Width = 12));
        Assert.Contains("VisionTransformer", Refused(o => o.Backbone = Backbone.VisionTransformer));
        Assert.Contains("DistillationWeight", Refused(o => o.DistillationWeight = 0.5));
        Assert.Contains("ScaleInvariance", Refused(o => ((DenseRegressionObjective)o.Objective).ScaleInvariance = 2));
        Assert.Contains("'Image'", Assert.Throws<ArgumentException>(() => _ml.OtdRouting().Train(Options(o => o.LabelColumnName = "Image"), view)).Message);
        var rows = Rows(40);
        rows[7].Label[20] = -3;
        var message = Assert.Throws<InvalidOperationException>(() => _ml.OtdRouting().Train(Options(_ => { }), View(rows))).Message;
        Assert.Contains("-3 at pixel (1, 4)", message);

        string Refused(Action<TrainingOptions> change) => Assert.ThrowsAny<ArgumentException>(() => _ml.OtdRouting().Train(Options(change), view)).Message;
    }

    [Fact]
    public void Training_learns_maps_and_a_router_takes_the_files()
    {
        using var folder = new ScratchFolder();
        var view = View(Rows(160));
        var result = _ml.OtdRouting().Train(Options(o => (o.OutputFolder, o.Epochs) = (folder.Path, 12)), view);
        Assert.Equal(12, result.Epochs.Count);
        Assert.All(result.Epochs[^1].HeldBackLoss.Zip(result.Epochs[0].HeldBackLoss), l => Assert.True(l.First < l.Second));
        Assert.InRange(result.Epochs[^1].HeldBackAccuracy[^1], 0.5, 1);
        var options = new OtdResolutionRouter.Options { Task = new DenseRegressionTask { TargetColumnName = "Label" } };
        foreach (var resolution in result.Resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        using var router = _ml.OtdRouting().Route(options).Fit(view);
        Assert.Equal(Height * Width / 4, router.Transform(view).GetColumn<float[]>("Prediction").First().Length);
    }

    private static TrainingOptions Options(Action<TrainingOptions> change)
    {
        var options = new TrainingOptions
        {
            Sizes = { new InputSize(12, 16), new InputSize(Height, Width) },
            Objective = new DenseRegressionObjective { Loss = DenseLoss.SquaredLogarithm, ScaleInvariance = 0 },
            Width = 8, Epochs = 1, BatchSize = 16, LearningRate = 0.05, PadAndCrop = 0, Threads = 1, HeldBackFraction = 0.2, OutputFolder = Path.GetTempPath(), Name = "dense-objective",
        };
        change(options);
        return options;
    }

    private static BoundObjective Bind(DenseRegressionObjective objective, IDataView view) => objective.Bind(Options(_ => { }), view.Schema);

    private List<float[]> Truths(BoundObjective objective, List<DenseRow> rows)
    {
        var view = View(rows);
        using var cursor = view.GetRowCursor(view.Schema);
        var read = objective.CreateReader(cursor);
        var truths = new List<float[]>();
        while (cursor.MoveNext())
        {
            truths.Add(read(ImageFrame.OfSize(Height, Width), () => "a row"));
        }

        return truths;
    }

    private IDataView View(List<DenseRow> rows) => _ml.Data.LoadFromEnumerable(rows);

    /// <summary>Pictures with a bright box, whose depth is 1 there and 3 elsewhere.</summary>
    private static List<DenseRow> Rows(int count)
    {
        var random = new Random(1);
        return Enumerable.Range(0, count).Select(_ =>
        {
            var (left, top) = (random.Next(10), random.Next(6));
            var row = new DenseRow { Image = new float[3 * Height * Width], Label = new float[Height * Width / 4] };
            for (var i = 0; i < Height * Width; i++)
            {
                var inside = i % Width / 2 >= left && i % Width / 2 < left + 6 && i / Width / 2 >= top && i / Width / 2 < top + 6;
                for (var c = 0; c < 3; c++)
                {
                    row.Image[(c * Height * Width) + i] = (inside ? 180 : 60) + random.Next(30);
                }

                row.Label[(i / Width / 2 * (Width / 2)) + (i % Width / 2)] = inside ? 1 : 3;
            }

            return row;
        }).ToList();
    }

    private sealed class DenseRow
    {
        [VectorType(3 * Height * Width)]
        public float[] Image { get; set; } = [];

        [VectorType(Height * Width / 4)]
        public float[] Label { get; set; } = [];
    }
}
