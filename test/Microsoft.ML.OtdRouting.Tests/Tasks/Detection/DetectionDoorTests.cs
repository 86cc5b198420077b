using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Persistence;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>What comes to detection from outside: objects, options and models that are wrong have one clear error, and what is odd but right is taken.</summary>
public sealed class DetectionDoorTests(SceneRouter scenes) : IClassFixture<SceneRouter>
{
    [Theory]
    [InlineData(new float[] { 0, 0, 1 }, new float[] { 0 }, "column 'BoundingBoxes' has 3 numbers for 1 objects")]
    [InlineData(new float[] { 0, 0, 1, float.NaN }, new float[] { 0 }, "column 'BoundingBoxes' has the box [0, 0, 1, NaN] at place 0")]
    [InlineData(new float[] { 0, 0, 1, 1 }, new float[] { 0, 0 }, "column 'Ignored' has 2 numbers for 1 objects")]
    [InlineData(new float[] { 0, 0, 1, 1 }, new float[] { 3 }, "column 'Ignored' has 3 at place 0")]
    public void Objects_that_are_none_name_row_and_column(float[] boxes, float[] ignored, string expected)
    {
        var rows = Scenes.Rows(40, seed: 1);
        (rows[7].Label, rows[7].BoundingBoxes, rows[7].Ignored) = (["red"], boxes, ignored);
        var task = scenes.Task();
        task.IgnoredColumnName = "Ignored";
        var error = Assert.Throws<InvalidOperationException>(() => scenes.Fit(scenes.Options(task), View(rows)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("ow 7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Odd_objects_are_taken()
    {
        var rows = Scenes.Rows(60, seed: 1);
        // Outside the image, of no area, none at all, and hundreds.
        (rows[0].Label, rows[0].BoundingBoxes, rows[0].Ignored) = (["red", "red"], [-50, -50, -20, -20, 100, 100, 200, 200], [0, 0]);
        (rows[1].Label, rows[1].BoundingBoxes, rows[1].Ignored) = (["red", "blue"], [5, 5, 5, 20, 9, 9, 3, 3], [0, 0]);
        (rows[2].Label, rows[2].BoundingBoxes, rows[2].Ignored) = ([], [], []);
        (rows[3].Label, rows[3].Ignored) = ([.. Enumerable.Repeat("green", 300)], new float[300]);
        rows[3].BoundingBoxes = [.. Enumerable.Range(0, 300).SelectMany(i => new float[] { i % 30, i / 30, (i % 30) + 2, (i / 30) + 2 })];
        rows[4].Ignored = [.. rows[4].Ignored.Select((_, i) => i == 0 ? 2f : 1f)];
        var task = scenes.Task();
        task.IgnoredColumnName = "Ignored";
        using var router = scenes.Fit(scenes.Options(task), View(rows));
        var metrics = scenes.Context.OtdRouting().Evaluate(router.Transform(View(rows)), task);
        Assert.InRange(metrics.Quality, 0.7, 1);
        var compared = scenes.Context.OtdRouting().Compare(router, View(rows));
        Assert.Equal(metrics.Quality, compared.Metrics.Quality, 1e-5);

        var few = scenes.Task();
        few.MaxObjects = 299;
        var error = Assert.Throws<InvalidOperationException>(() => scenes.Fit(scenes.Options(few), View(rows)));
        Assert.Contains("has 300 objects; MaxObjects is 299", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_in_which_nothing_is_found_has_empty_columns_and_one_that_fails_has_missing_ones()
    {
        var rows = Scenes.Rows(3, seed: 5);
        rows[0].Image = new float[rows[0].Image.Length];
        rows[1].Image = [.. Enumerable.Repeat(float.NaN, rows[0].Image.Length)];
        var options = scenes.Options();
        options.OnRowFailure = RowFailureAction.Skip;
        using var router = scenes.Fit(options);
        var scored = router.Transform(View(rows));
        var (boxes, labels, scores) = (scored.GetColumn<float[]>("PredictedBoundingBoxes").ToArray(), scored.GetColumn<uint[]>("PredictedLabel").ToArray(), scored.GetColumn<float[]>("Score").ToArray());
        Assert.Equal((0, 0, 0), (boxes[0].Length, labels[0].Length, scores[0].Length));
        Assert.Equal([0u], labels[1]);
        Assert.All(boxes[1].Concat(scores[1]), v => Assert.True(float.IsNaN(v)));
        Assert.Equal((4, 1), (boxes[1].Length, scores[1].Length));
        Assert.NotEmpty(scores[2]);
        // The failed row is left out, and what is not found counts.
        var metrics = scenes.Context.OtdRouting().Evaluate(scored, scenes.Task());
        Assert.Equal((2, 1), (metrics.Rows, metrics.MissingRows));
        Assert.InRange(metrics.Quality, 0.3, 0.5);
    }

    [Fact]
    public void Options_are_checked_at_the_door()
    {
        void Refused(Action<DetectionTask> set, string expected)
        {
            var task = scenes.Task();
            set(task);
            var error = Assert.ThrowsAny<ArgumentException>(() => scenes.Context.OtdRouting().Route(scenes.Options(task)));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }

        Refused(t => t.LeastScore = 1, "LeastScore is 1");
        Refused(t => t.LeastScore = float.NaN, "LeastScore is NaN");
        Refused(t => t.SuppressionOverlap = 0, "SuppressionOverlap is 0");
        Refused(t => t.FusionOverlap = 1.1f, "FusionOverlap is 1.1");
        Refused(t => t.MaxDetections = 0, "MaxDetections is 0");
        Refused(t => t.MaxObjects = 1001, "MaxObjects is 1001");
        Refused(t => t.Strides = [], "Strides are []");
        Refused(t => t.Strides = [8, -1], "Strides are [8, -1]");
        Refused(t => t.Output = (DetectionOutput)9, "Output is 9");
        Refused(t => t.BoxFormat = (DetectionBoxFormat)9, "BoxFormat is 9");
        Refused(t => t.ScoreColumnName = "", "ScoreColumnName is empty");
        Refused(t => t.ScoreColumnName = "Route", "distinct names");
        Refused(t => t.ClassNames = [null!], "ClassNames holds null");
    }

    [Fact]
    public void Models_classes_and_columns_that_do_not_fit_are_refused()
    {
        void Refused<T>(Action<DetectionTask> set, string expected, IDataView? rows = null)
            where T : Exception
        {
            var task = scenes.Task();
            set(task);
            var error = Assert.Throws<T>(() => scenes.Fit(scenes.Options(task), rows));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }

        Refused<ArgumentOutOfRangeException>(t => t.Loss = (DetectionLoss)9, "OptimalTransport or AveragePrecision");
        Refused<InvalidDataException>(t => t.Output = DetectionOutput.Detections, "[1, 7, 16]; Detections is [1, N, 6]");
        Refused<InvalidDataException>(t => t.BoxFormat = DetectionBoxFormat.GridOffsets, "the grids of strides 8, 16, 32 of 16x16 have");
        // Read the other way round, there is another number of classes at every resolution.
        Refused<InvalidDataException>(t => t.Output = DetectionOutput.Objectness, "disagree on the number of classes");
        Refused<ArgumentException>(t => t.ClassNames = ["red", "green"], "The models have 3 classes, but ClassNames has 2");
        Refused<ArgumentException>(t => t.ClassNames = ["red", "green", "violet"], "disagree: blue not among the names red, green, violet");
        Refused<ArgumentException>(t => t.ClassNames = ["red", "green", "green"], "named twice");
        Refused<ArgumentException>(t => t.LabelColumnName = "Label", "expected a vector of keys");
        Refused<ArgumentException>(t => t.LabelColumnName = "None", "no label column 'None'");
        Refused<ArgumentException>(t => t.BoundingBoxColumnName = "None", "no column 'None'");
        Refused<ArgumentException>(t => t.BoundingBoxColumnName = "Key", "expected a vector of Single");
        var logits = scenes.Task();
        var error = Assert.Throws<ArgumentException>(() => scenes.Fit(scenes.Options(logits, Scenes.Write(scenes.Folder, logits: true))));
        Assert.Contains("scores are from 0 to 1. Set ScoresAreLogits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_whose_classes_are_in_another_order_is_warned_of()
    {
        var warnings = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, e) => warnings.Add(e.Message);
        var task = scenes.Task();
        task.ClassNames = ["green", "blue", "red"];
        using var router = context.OtdRouting().Route(scenes.Options(task)).Fit(scenes.Fitting);
        Assert.Contains(warnings, w => w.Contains("of 400 images, but only 0 of them by their classes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(DetectionOutput.Detections)]
    [InlineData(DetectionOutput.Objectness)]
    public void Other_forms_go_the_whole_way(DetectionOutput output)
    {
        var resolutions = scenes.Resolutions.Select(r => new Resolution(Restated(r, output), r.Height)).ToArray();
        var task = scenes.Task();
        (task.Output, task.BoxFormat) = (output, DetectionBoxFormat.Corners);
        using var router = scenes.Fit(scenes.Options(task, resolutions));
        using var stream = new MemoryStream();
        scenes.Context.Model.Save(router, scenes.Test.Schema, stream);
        stream.Position = 0;
        using var loaded = scenes.Context.OtdRouting().Load(stream, out _);
        Assert.Equal(router.Transform(scenes.Test).GetColumn<float[]>("PredictedBoundingBoxes"), loaded.Transform(scenes.Test).GetColumn<float[]>("PredictedBoundingBoxes"));
        stream.Position = 0;
        var plain = PlainModel.Load(scenes.Context, stream, out _).Transform(scenes.Test);
        Assert.Equal(router.Transform(scenes.Test).GetColumn<uint>("Route"), plain.GetColumn<uint[]>("Route").Select(r => r[0]));
        Assert.InRange(scenes.Context.OtdRouting().Evaluate(router.Transform(scenes.Test), task)["AP"], 0.9, 1);
    }

    [Theory]
    [InlineData(DetectionBoxFormat.GridOffsets)]
    [InlineData(DetectionBoxFormat.GridDistances)]
    public void Grids_are_decoded_in_the_exported_graph_as_in_the_router(DetectionBoxFormat format)
    {
        var resolutions = new[] { 16, 32 }.Select(size => new Resolution(Gridded(size), size)).ToArray();
        var task = new DetectionTask { Output = DetectionOutput.Objectness, BoxFormat = format, ScoresAreLogits = true, Strides = [4, 8], LabelFree = true };
        var rows = scenes.Context.Transforms.DropColumns("Key", "Label", "BoundingBoxes").Fit(scenes.Fitting).Transform(scenes.Fitting);
        using var router = scenes.Fit(scenes.Options(task, resolutions), rows);
        using var stream = new MemoryStream();
        router.ExportToOnnx(stream);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(stream.ToArray());
        using var run = new Microsoft.ML.OnnxRuntime.RunOptions();
        var scored = router.Transform(scenes.Test);
        var (boxes, labels, routes) = (scored.GetColumn<float[]>("PredictedBoundingBoxes").ToArray(), scored.GetColumn<uint[]>("PredictedLabel").ToArray(), scored.GetColumn<uint>("Route").ToArray());
        var images = Scenes.Rows(200, seed: 2);
        var compared = 0;
        for (var i = 0; i < images.Count; i++)
        {
            using var input = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(images[i].Image, [1, 3, Scenes.Side, Scenes.Side]);
            using var outputs = session.Run(run, ["image"], [input], ["Route", "PredictedBoundingBoxes", "PredictedLabelIndex", "Score"]);
            Assert.Equal(routes[i] - 1, outputs[0].GetTensorDataAsSpan<long>()[0]);
            if (router.Routes[(int)routes[i] - 1].Resolutions.Count == 1 && boxes[i].Length > 0 && boxes[i][0] > 0 && boxes[i][1] > 0 && boxes[i][2] < 32 && boxes[i][3] < 32)
            {
                // The first of all predictions is suppressed by none, and lies in the image.
                compared++;
                Assert.Equal(boxes[i][..4], outputs[1].GetTensorDataAsSpan<float>()[..4].ToArray(), (x, y) => Math.Abs(x - y) < 1e-3f);
                Assert.Equal(labels[i][0] - 1, outputs[2].GetTensorDataAsSpan<long>()[0]);
            }
        }

        Assert.InRange(compared, 10, 200);
    }

    private IDataView View(List<SceneRow> rows) => scenes.Keyed(scenes.Context.Data.LoadFromEnumerable(rows));

    /// <summary>A detector with more nodes, which give its boxes and scores in another form.</summary>
    private string Restated(Resolution resolution, DetectionOutput output)
    {
        var graph = Scenes.Detector(resolution.Height, logits: false);
        graph.Graph.Output.Clear();
        graph.Node("Transpose", ["output"], "rows of all", ("perm", new long[] { 0, 2, 1 }))
            .Integers("from 0", 0).Integers("from 2", 2).Integers("from 4", 4).Integers("to 7", 7).Integers("along", 2).Constant("half", [1], 0.5f)
            .Node("Slice", ["rows of all", "from 0", "from 2", "along"], "centres")
            .Node("Slice", ["rows of all", "from 2", "from 4", "along"], "sizes")
            .Node("Slice", ["rows of all", "from 4", "to 7", "along"], "by class")
            .Node("Mul", ["sizes", "half"], "halves").Node("Sub", ["centres", "halves"], "upper").Node("Add", ["centres", "halves"], "lower")
            .Node("ReduceMax", ["by class"], "best", ("axes", new long[] { 2 }), ("keepdims", 1));
        if (output == DetectionOutput.Detections)
        {
            graph.Node("ArgMax", ["by class"], "index", ("axis", 2), ("keepdims", 1)).Node("Cast", ["index"], "type", ("to", 1))
                .Node("Concat", ["upper", "lower", "best", "type"], "restated", ("axis", 2));
        }
        else
        {
            // Objectness one, less a trace.
            graph.Constant("zero", [1], 0).Constant("sure of it", [1], 0.99f).Node("Mul", ["best", "zero"], "no").Node("Add", ["no", "sure of it"], "object")
                .Node("Concat", ["upper", "lower", "object", "by class"], "restated", ("axis", 2));
        }

        return graph.Output("restated").Save(scenes.Folder, $"restated-{output}-{resolution.Height}");
    }

    /// <summary>A detector of random filters: two grids of logits, not decoded.</summary>
    private string Gridded(int size)
    {
        var random = new Random(size);
        var graph = new TinyGraph().Input("image", -1, 3, size, size).Integers("rows", 0, 8, -1);
        foreach (var stride in new[] { 4, 8 })
        {
            graph.Constant($"filters {stride}", [8, 3, stride, stride], [.. Enumerable.Range(0, 8 * 3 * stride * stride).Select(_ => (float)(random.NextDouble() - 0.5) / stride / 200)])
                .Constant($"bias {stride}", [8], 0.4f, 0.4f, 0.5f, 0.5f, 1, 0, 0, 0)
                .Node("Conv", ["image", $"filters {stride}", $"bias {stride}"], $"grid {stride}", ("strides", new long[] { stride, stride }))
                .Node("Reshape", [$"grid {stride}", "rows"], $"row {stride}");
        }

        return graph.Node("Concat", ["row 4", "row 8"], "all", ("axis", 2)).Node("Transpose", ["all"], "predictions", ("perm", new long[] { 0, 2, 1 }))
            .Output("predictions").Save(scenes.Folder, $"gridded-{size}");
    }
}
