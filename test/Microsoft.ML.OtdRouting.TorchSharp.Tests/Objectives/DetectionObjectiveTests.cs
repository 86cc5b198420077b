using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Objectives;
using Microsoft.ML.OtdRouting.Training.Trainer;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Objectives;

/// <summary>Boxes as an objective: the network, its losses and what comes out of training.</summary>
[Collection(TorchState.Name)]
public class DetectionObjectiveTests
{
    private const int Height = 32;
    private const int Width = 48;

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(Backbone.ResNet8, 4)]
    [InlineData(Backbone.ResNet10, 8)]
    [InlineData(Backbone.ResNet18, 8)]
    public void What_is_written_is_what_is_computed(Backbone backbone, int finest)
    {
        // Sides that do not halve evenly: what is doubled on the way back is cut.
        using var network = new DetectionObjective().CreateNetwork(backbone, new NetworkSettings([new InputSize(18, 25), new InputSize(36, 50)], 2, 8, [100, 110, 120], [50, 55, 60]));
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
            Assert.Equal([3, 6, new PredictionGrid(network.Sizes[size], finest).Count], output.Answer.shape);
            var scored = new ScoredBatch(output.Answer.Values(), output.Answer.shape[1..], output.Embedding.Values(), output.Embedding.shape[1..]);
            NetworkExport.RequireSame(NetworkExport.Write(network, size, scored, "detections", ["a", "b"]).ToByteArray(), batch, size, network.Sizes[size], scored, "detections");
        }
    }

    [Fact]
    public void Losses_are_those_of_the_publications()
    {
        var rows = Rows(3);
        var objective = Bind(View(rows));
        var grid = new PredictionGrid(new InputSize(Height, Width), 4);
        using var scope = NewDisposeScope();
        manual_seed(5);
        var answer = cat([rand(3, 2, grid.Count).mul(tensor(new float[] { Width, Height }, [1, 2, 1])), rand(3, 2, grid.Count).mul(tensor(new[] { 20f })), rand(3, 2, grid.Count)], 1);
        var truths = Truths(objective, rows);
        var targets = tensor([.. truths.SelectMany(t => t)], [3, objective.TargetLength]);
        var losses = objective.Losses(new NetworkOutput(answer, answer), targets, new InputSize(Height, Width)).Values();
        var (wanted, values) = (objective.Wanted(answer, targets.Values(), new InputSize(Height, Width)), answer.Values());
        for (var image = 0; image < 3; image++)
        {
            var (scores, boxes, count) = (0.0, 0.0, 0);
            for (var j = 0; j < grid.Count; j++)
            {
                float At(int row) => values[(((image * 6) + row) * grid.Count) + j];
                var box = Box.OfCentre(At(0), At(1), At(2), At(3));
                float Corner(int row) => wanted.Corners[(((image * 4) + row) * grid.Count) + j];
                var truth = new Box(Corner(0), Corner(1), Corner(2), Corner(3));
                var owned = wanted.Owned[(image * grid.Count) + j] == 1;
                if (owned)
                {
                    var around = (double)(Math.Max(box.X1, truth.X1) - Math.Min(box.X0, truth.X0)) * (Math.Max(box.Y1, truth.Y1) - Math.Min(box.Y0, truth.Y0));
                    var either = (double)box.Area + truth.Area - box.Intersection(truth);
                    boxes += 1 - (box.IoU(truth) - ((around - either) / around));
                    count++;
                }

                for (var type = 0; type < 2; type++)
                {
                    double quality = owned && type == rows[image].Class ? box.IoU(truth) : 0, score = Math.Clamp(At(4 + type), 1e-6f, 1 - 1e-6f);
                    scores -= Math.Pow(quality - score, 2) * ((quality * Math.Log(score)) + ((1 - quality) * Math.Log(1 - score)));
                }
            }

            Assert.InRange(count, 1, grid.Count);
            Assert.Equal((scores + (2 * boxes)) / count, losses[image], 1e-3 * losses[image]);
        }
    }

    [Theory]
    [InlineData(DetectionAssignment.OptimalTransport)]
    [InlineData(DetectionAssignment.Cheapest)]
    [InlineData(DetectionAssignment.FixedOverlap)]
    public void Pictures_without_objects_ask_for_no_boxes(DetectionAssignment assignment)
    {
        var rows = Rows(1);
        (rows[0].Label, rows[0].BoundingBoxes) = ([], []);
        var objective = Bind(View(rows), new DetectionObjective { Assignment = assignment });
        using var scope = NewDisposeScope();
        var answer = full(1, 6, new PredictionGrid(new InputSize(Height, Width), 4).Count, 0.5f);
        var loss = objective.Losses(new NetworkOutput(answer, answer), tensor(Truths(objective, rows)[0], [1, objective.TargetLength]), new InputSize(Height, Width)).Value();
        Assert.Equal(answer.shape[2] * 2 * 0.25 * Math.Log(2), loss, 1e-2);
    }

    [Fact]
    public void Predictions_in_objects_that_do_not_count_are_not_judged()
    {
        var rows = Rows(1);
        rows[0].Ignored = [1];
        var objective = Bind(View(rows), new DetectionObjective { IgnoredColumnName = "Ignored" });
        using var scope = NewDisposeScope();
        var grid = new PredictionGrid(new InputSize(Height, Width), 4);
        var wanted = objective.Wanted(full(1, 6, grid.Count, 0.5f), Truths(objective, rows)[0], new InputSize(Height, Width));
        var box = new Box(rows[0].BoundingBoxes[0], rows[0].BoundingBoxes[1], rows[0].BoundingBoxes[2], rows[0].BoundingBoxes[3]);
        Assert.All(wanted.Owned, o => Assert.Equal(0, o));
        Assert.All(Enumerable.Range(0, grid.Count), j => Assert.Equal(box.Contains(grid.X[j], grid.Y[j]) ? 0 : 1, wanted.Judged[j]));
    }

    [Fact]
    public void Boxes_go_where_their_pictures_go()
    {
        var rows = Rows(1);
        rows[0].BoundingBoxes = [10, 4, 30, 20];
        var objective = Bind(View(rows));
        var truth = Truths(objective, rows)[0];
        Assert.Equal([10f, 4, 30, 20], truth[1..5]);
        Assert.Equal([10f, 4, 30, 20], Placed(default));
        Assert.Equal([18f, 4, 38, 20], Placed(new ImagePlacement(0, 0, true)));
        Assert.Equal([18f + 5, 4 - 3, 38 + 5, 20 - 3], Placed(new ImagePlacement(-3, 5, true)));
        // What is moved beyond the edge is cut, and what nothing is left of is no object.
        Assert.Equal([0f, 24, 10, 32], Placed(new ImagePlacement(20, -20, false)));
        Assert.Empty(ObjectReader.Objects(PlacedTruth(new ImagePlacement(0, -31, false)))!);

        // A source twice as large, which lies five pixels down.
        using var cursor = View(rows).GetRowCursor(View(rows).Schema);
        cursor.MoveNext();
        Assert.Equal([5f, 7, 15, 15], objective.CreateReader(cursor)(new ImageFrame(96, 64, 0, 5, 0.5f, 0.5f), () => "a row")[1..5]);

        float[] Placed(ImagePlacement placement) => PlacedTruth(placement)[1..5];

        float[] PlacedTruth(ImagePlacement placement)
        {
            var target = new float[truth.Length];
            objective.Place(truth, placement, target);
            return target;
        }
    }

    [Fact]
    public void What_does_not_go_with_boxes_is_refused()
    {
        var view = View(Rows(40));
        Assert.Contains("VisionTransformer", Refused(o => o.Backbone = Backbone.VisionTransformer));
        Assert.Contains("DistillationWeight", Refused(o => o.DistillationWeight = 0.5));
        Assert.Contains("MaxObjects is 64", Refused(o => o.Objective = new DetectionObjective { MaxObjects = 64 }));
        Assert.Contains("Assignment is 7", Refused(o => o.Objective = new DetectionObjective { Assignment = (DetectionAssignment)7 }));
        Assert.Contains("no column 'Boxes'", Refused(o => o.Objective = new DetectionObjective { BoundingBoxColumnName = "Boxes" }));
        Assert.Contains("no label column 'Nothing'", Refused(o => o.LabelColumnName = "Nothing"));
        var rows = Rows(40);
        rows[7].BoundingBoxes = [1, 2, 3];
        Assert.Contains("3 numbers for 1 objects", Assert.Throws<InvalidOperationException>(() => _ml.OtdRouting().Train(Options(_ => { }), View(rows))).Message);
        using var scope = NewDisposeScope();
        var answer = rand(1, 6, 77);
        var objective = Bind(view);
        Assert.Contains(
            "77 predictions", Assert.Throws<InvalidOperationException>(() => objective.Losses(new NetworkOutput(answer, answer), zeros(1, objective.TargetLength), new InputSize(Height, Width))).Message);

        string Refused(Action<TrainingOptions> change) => Assert.ThrowsAny<ArgumentException>(() => _ml.OtdRouting().Train(Options(change), view)).Message;
    }

    [Fact]
    public void Training_finds_objects_and_a_router_takes_the_files()
    {
        using var folder = new ScratchFolder();
        var view = View(Rows(192));
        var result = _ml.OtdRouting().Train(Options(o => (o.OutputFolder, o.Epochs) = (folder.Path, 12)), view);
        Assert.Equal(["dark", "bright"], result.ClassNames);
        Assert.All(result.Epochs[^1].HeldBackLoss.Zip(result.Epochs[0].HeldBackLoss), l => Assert.True(l.First < l.Second));
        Assert.InRange(result.Epochs[^1].HeldBackAccuracy[^1], 0.3, 1);
        var options = new OtdResolutionRouter.Options { Task = new DetectionTask { ClassNames = ["dark", "bright"] }, Budget = ComputeBudget.FractionOfLargest(1) };
        foreach (var resolution in result.Resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        using var router = _ml.OtdRouting().Route(options).Fit(view);
        Assert.InRange(_ml.OtdRouting().Evaluate(router.Transform(view), (DetectionTask)options.Task)["AP50"], 0.5, 1);
    }

    private static TrainingOptions Options(Action<TrainingOptions> change)
    {
        var options = new TrainingOptions
        {
            Sizes = { new InputSize(24, 36), new InputSize(Height, Width) },
            Objective = new DetectionObjective(),
            Width = 8, Epochs = 1, BatchSize = 16, LearningRate = 0.1, PadAndCrop = 2, Threads = 1, HeldBackFraction = 0.2, OutputFolder = Path.GetTempPath(), Name = "detection-objective",
        };
        change(options);
        return options;
    }

    private static BoundDetectionObjective Bind(IDataView view, DetectionObjective? objective = null) =>
        (BoundDetectionObjective)(objective ?? new DetectionObjective()).Bind(Options(_ => { }), view.Schema);

    private List<float[]> Truths(BoundObjective objective, List<BoxRow> rows)
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

    private IDataView View(List<BoxRow> rows)
    {
        var names = _ml.Data.LoadFromEnumerable(new[] { new NamedRow { Name = "dark" }, new NamedRow { Name = "bright" } });
        var view = _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.Conversion.MapValueToKey("Label", keyData: names).Fit(view).Transform(view);
    }

    /// <summary>Grey pictures with a dark or a bright box.</summary>
    private static List<BoxRow> Rows(int count)
    {
        var random = new Random(1);
        return Enumerable.Range(0, count).Select(i =>
        {
            var (width, height, type) = (12 + random.Next(14), 10 + random.Next(12), i % 2);
            var (left, top) = (random.Next(Width - width), random.Next(Height - height));
            var row = new BoxRow
            {
                Image = new float[3 * Height * Width], Class = type, Label = [type == 0 ? "dark" : "bright"], BoundingBoxes = [left, top, left + width, top + height], Ignored = [0],
            };
            for (var p = 0; p < row.Image.Length; p++)
            {
                var (x, y) = (p % Width, p / Width % Height);
                var inside = x >= left && x < left + width && y >= top && y < top + height;
                row.Image[p] = (inside ? 40 + (170 * type) : 120) + random.Next(30);
            }

            return row;
        }).ToList();
    }

    private sealed class BoxRow
    {
        [VectorType(3 * Height * Width)]
        public float[] Image { get; set; } = [];

        public string[] Label { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public float[] Ignored { get; set; } = [];

        [NoColumn]
        public int Class { get; set; }
    }

    private sealed class NamedRow
    {
        public string Name { get; set; } = "";
    }
}
