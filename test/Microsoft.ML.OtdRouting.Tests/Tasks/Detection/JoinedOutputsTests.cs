using Google.Protobuf;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Persistence;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>Detectors whose boxes, scores and classes are three outputs: with as many of them for every image, with a number that varies, and with their number in a fourth.</summary>
public sealed class JoinedOutputsTests(SceneRouter scenes) : IClassFixture<SceneRouter>
{
    private static readonly JoinedOutputs Three = new("corners", "sureness", "kinds");

    [Fact]
    public void Three_outputs_of_a_fixed_length_are_what_one_is_and_score_in_batches()
    {
        var resolutions = Resolutions("fixed", Three);
        Assert.All(resolutions, r => Assert.True(Open(r).HasFreeBatch));
        Assert.Equal(("corners + sureness + kinds", 16 * 6), (Open(resolutions[0]).OutputName, Open(resolutions[0]).OutputLength));
        using var router = scenes.Fit(scenes.Options(Task(), resolutions));
        // The same numbers in one tensor.
        var one = scenes.Resolutions.Select(r => new Resolution(Restated(r.Height, "one").Save(scenes.Folder, $"one-{r.Height}"), r.Height)).ToArray();
        using var expected = scenes.Fit(scenes.Options(Task(), one));
        AssertSame(expected, router);
        GoesTheWholeWay(router);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_number_of_detections_that_varies_is_scored_image_by_image(int batch)
    {
        var resolutions = Resolutions("varying", Three, batch);
        Assert.All(resolutions, r => Assert.False(Open(r).HasFreeBatch));
        using var router = scenes.Fit(scenes.Options(Task(), resolutions));
        GoesTheWholeWay(router);
    }

    [Fact]
    public void What_is_behind_the_number_of_detections_is_none()
    {
        using var router = scenes.Fit(scenes.Options(Task(), Resolutions("counted", new JoinedOutputs("corners", "sureness", "kinds") { CountName = "number" })));
        GoesTheWholeWay(router);
        // Without the number, what is behind it is taken for objects.
        using var deceived = scenes.Fit(scenes.Options(Task(), Resolutions("counted", Three)));
        Assert.True(Precision(deceived) < Precision(router) - 0.2);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 100)]
    [InlineData(7, 7)]
    [InlineData(16, 5)]
    [InlineData(16, 1000)]
    public void Rows_are_the_first_ones_and_zeros(int filled, int most)
    {
        // Every pixel that is bright gives a row: its place four times, a half of it and an integer.
        var graph = new TinyGraph().Input("image", -1, 3, 4, 4)
            .Integers("one", 1).Integers("nothing", 0).Integers("flat", 16).Integers("four", 16, 4).Integers("upright", 16, 1)
            .Constant("limit", [1], 100).Constant("place", [16, 1], [.. Enumerable.Range(1, 16).Select(i => (float)i)]).Constant("halves", [16], [.. Enumerable.Range(1, 16).Select(i => i / 2f)])
            .Node("Slice", ["image", "nothing", "one", "one"], "red").Node("Reshape", ["red", "flat"], "pixels").Node("Greater", ["pixels", "limit"], "bright")
            .Node("Expand", ["place", "four"], "places")
            .Node("Compress", ["places", "bright"], "corners", ("axis", 0)).Node("Compress", ["halves", "bright"], "sureness", ("axis", 0))
            .Node("Cast", ["sureness"], "kinds", ("to", 7))
            .Output("corners", shape: [-1, 4]).Output("sureness", shape: [-1]).Output("kinds", DataType.Int64, [-1]);
        var resolution = new Resolution(graph.Save(scenes.Folder, "bright"), 4) { Joined = new JoinedOutputs("corners", "sureness", "kinds") { MaxRows = most }, Flops = 1 };
        using var sessions = new OnnxSessions(new ScoringOptions(), _ => { });
        // The blank image has no row at all.
        var scorer = new ResolutionScorer(resolution, 4, 4, sessions, new ScoringOptions());
        Assert.Equal((most * 6, 1), (scorer.OutputLength, scorer.MaxBatch));
        using var batch = new ScorerBatch(scorer, 1);
        batch.SetImage(0, [.. Enumerable.Range(0, 48).Select(i => i >= 16 - filled && i < 16 ? 200f : 0)]);
        batch.Run(1);
        var expected = Enumerable.Range(0, most).SelectMany(i =>
        {
            var place = 17f - filled + i;
            return i < filled ? [place, place, place, place, place / 2, MathF.Floor(place / 2)] : new float[6];
        });
        Assert.Equal(expected, batch.Output(0, 0).ToArray());
    }

    [Theory]
    [InlineData(nameof(DataType.Float))]
    [InlineData(nameof(DataType.Float16))]
    [InlineData(nameof(DataType.Int32))]
    public void Each_image_of_a_batch_has_rows_of_its_own_number(string holds)
    {
        var type = Enum.Parse<DataType>(holds);
        // As many rows are filled as the mean of the red pixels says; a row is its number, and ten times that with a third axis.
        var graph = new TinyGraph().Input("image", -1, 3, 4, 4)
            .Constant("none", [1], 0).Constant("steps", [1, 5, 1], 1, 2, 3, 4, 5).Constant("tens", [1, 5, 1], 10, 20, 30, 40, 50)
            .Integers("red", 0).Integers("one", 1).Integers("of image", -1, 1, 1).Integers("flat", -1, 1)
            .Node("Slice", ["image", "red", "one", "one"], "reds").Node("ReduceMean", ["reds"], "means", ("axes", new long[] { 1, 2, 3 }), ("keepdims", 0))
            .Node("Reshape", ["means", "of image"], "each").Node("Mul", ["each", "none"], "nothing")
            .Node("Add", ["steps", "nothing"], "row").Node("Concat", ["row", "row"], "wide", ("axis", 2)).Node("Cast", ["wide"], "corners", ("to", (int)type))
            .Node("Add", ["tens", "nothing"], "scores").Node("Cast", ["scores"], "sureness", ("to", (int)type))
            .Node("Reshape", ["means", "flat"], "flat means").Node("Cast", ["flat means"], "number", ("to", (int)type))
            .Output("corners", type, [-1, 5, 2]).Output("sureness", type, [-1, 5, 1]).Output("number", type, [-1, 1]);
        var resolution = new Resolution(graph.Save(scenes.Folder, $"numbered-{type}"), 4) { Joined = new JoinedOutputs("corners", "sureness") { CountName = "number" }, Flops = 1 };
        using var sessions = new OnnxSessions(new ScoringOptions(), _ => { });
        var scorer = new ResolutionScorer(resolution, 4, 4, sessions, new ScoringOptions());
        using var batch = new ScorerBatch(scorer, 3);
        int[] filled = [5, 0, 2];
        for (var place = 0; place < 3; place++)
        {
            batch.SetImage(place, [.. Enumerable.Range(0, 48).Select(i => i < 16 ? filled[place] : 99f)]);
        }

        batch.Run(3);
        for (var place = 0; place < 3; place++)
        {
            Assert.Equal(Enumerable.Range(1, 5).SelectMany(i => i <= filled[place] ? new float[] { i, i, 10 * i } : [0, 0, 0]), batch.Output(0, place).ToArray());
        }
    }

    [Fact]
    public void Outputs_that_cannot_be_joined_have_one_error()
    {
        void Refused(string expected, JoinedOutputs joined, Action<ModelProto> change, string? outputName = null)
        {
            var model = Restated(16, "fixed").ToModel();
            change(model);
            var file = Path.Combine(scenes.Folder, "refused.onnx");
            File.WriteAllBytes(file, model.ToByteArray());
            var error = Assert.Throws<InvalidDataException>(() => Open(new Resolution(file, 16) { Joined = joined, OutputName = outputName }));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.Contains("refused.onnx", error.Message, StringComparison.Ordinal);
        }

        ValueInfoProto Output(ModelProto model, string name) => model.Graph.Output.Single(o => o.Name == name);
        Refused("there is no output 'scores'; the outputs are corners, sureness, kinds", new JoinedOutputs("corners", "scores", "kinds"), _ => { });
        Refused("there is no output 'number'", new JoinedOutputs("corners", "sureness") { CountName = "number" }, _ => { });
        Refused("output 'kinds' holds String", Three, m => Output(m, "kinds").Type.TensorType.ElemType = (int)DataType.String);
        Refused("output 'kinds' holds Undefined", Three, m => Output(m, "kinds").Type = null);
        Refused("'corners' is declared as []; expected [1, N, k]", Three, m => Output(m, "corners").Type.TensorType.Shape = null);
        Refused("'corners' is declared as [free, 16, free]", Three, m => Output(m, "corners").Type.TensorType.Shape.Dim[2].ClearDimValue());
        Refused("'corners' is declared as [free, 1099511627776, 4]", Three, m => Output(m, "corners").Type.TensorType.Shape.Dim[1].DimValue = 1L << 40);
        Refused("'corners' is declared as [free, 16, 1099511627776]", Three, m => Output(m, "corners").Type.TensorType.Shape.Dim[2].DimValue = 1L << 40);
        Refused("uses version 8 of the operator set", Three, m => m.OpsetImport[0].Version = 8);
        Refused("only one of them can answer", Three, _ => { }, "corners");
        // What is declared is not what comes: the first run shows it.
        Refused("cannot score an image of 16x16", Three, m => Output(m, "corners").Type.TensorType.Shape.Dim[1].DimValue = 15);
        // Truncated files are no models.
        var file = Path.Combine(scenes.Folder, "half.onnx");
        File.WriteAllBytes(file, Restated(16, "fixed").ToModel().ToByteArray()[..200]);
        Assert.Contains("half.onnx", Assert.Throws<InvalidDataException>(() => Open(new Resolution(file, 16) { Joined = Three })).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Open(new Resolution("none.onnx", 16) { Joined = Three }));

        // Two outputs join, but are no detections.
        var two = Resolutions("fixed", new JoinedOutputs("corners", "sureness"));
        Assert.Contains("[1, 16, 5]; Detections is [1, N, 6]", Assert.Throws<InvalidDataException>(() => scenes.Fit(scenes.Options(Task(), two))).Message, StringComparison.Ordinal);
        // Neither is one of three alone, and the message says what to do.
        var alone = Resolutions("fixed", null);
        Assert.Contains("name them in Resolution.Joined", Assert.Throws<InvalidDataException>(() => scenes.Fit(scenes.Options(Task(), alone))).Message, StringComparison.Ordinal);
        var logits = Task();
        logits.ScoresAreLogits = true;
        var refused = Assert.Throws<InvalidDataException>(() => scenes.Fit(scenes.Options(logits, Resolutions("fixed", Three))));
        Assert.Contains("an empty row of joined outputs has the logit 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_numbers_are_checked_at_the_door()
    {
        Assert.Throws<ArgumentException>(() => new JoinedOutputs("corners"));
        Assert.Throws<ArgumentException>(() => new JoinedOutputs("corners", "scores", "corners"));
        Assert.Throws<ArgumentException>(() => new JoinedOutputs("", "scores"));
        Assert.Throws<ArgumentException>(() => new JoinedOutputs("corners", null!, "kinds"));
        Assert.Throws<ArgumentException>(() => new JoinedOutputs("corners", "scores") { CountName = " " });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JoinedOutputs("corners", "scores") { MaxRows = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JoinedOutputs("corners", "scores") { MaxRows = 1001 });
    }

    [Fact]
    public void One_file_joined_in_two_ways_is_two_models_when_it_comes_back()
    {
        var file = Restated(32, "varying").Save(scenes.Folder, "twice");
        Resolution Of(string name, int most, double flops) =>
            new(file, 32) { Name = name, Joined = new JoinedOutputs("corners", "sureness", "kinds") { MaxRows = most }, Flops = flops };
        using var router = scenes.Fit(scenes.Options(Task(), [Of("few", 1, 1e6), Of("many", 20, 2e6)]));
        GoesTheWholeWay(router, least: 0);
    }

    [Fact]
    public void Weights_in_a_file_beside_the_model_are_found()
    {
        var model = Restated(16, "fixed").ToModel();
        var tensor = model.Graph.Initializer.Single(t => t.Name == "boxes");
        File.WriteAllBytes(Path.Combine(scenes.Folder, "beside.bin"), [.. tensor.FloatData.SelectMany(BitConverter.GetBytes)]);
        tensor.FloatData.Clear();
        tensor.DataLocation = 1;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "beside.bin" });
        var file = Path.Combine(scenes.Folder, "beside.onnx");
        File.WriteAllBytes(file, model.ToByteArray());
        Assert.Equal(16 * 6, Open(new Resolution(file, 16) { Joined = Three }).OutputLength);
    }

    private DetectionTask Task()
    {
        var task = scenes.Task();
        (task.Output, task.BoxFormat) = (DetectionOutput.Detections, DetectionBoxFormat.Corners);
        return task;
    }

    private Resolution[] Resolutions(string form, JoinedOutputs? joined, int batch = -1) => [.. scenes.Resolutions.Select(r =>
        new Resolution(Restated(r.Height, form, batch).Save(scenes.Folder, $"{form}-{r.Height}-{batch}"), r.Height) { Joined = joined, OutputName = joined is null ? "sureness" : null })];

    private static ResolutionDescription Open(Resolution resolution)
    {
        using var sessions = new OnnxSessions(new ScoringOptions(), _ => { });
        return new ResolutionDescription(new ResolutionScorer(resolution, resolution.Height, resolution.Width, sessions, new ScoringOptions()));
    }

    private double Precision(OtdRoutingTransformer router) => scenes.Context.OtdRouting().Evaluate(router.Transform(scenes.Test), Task())["AP"];

    /// <summary>Finds what there is, and the same when it is saved and loaded; the graph alone routes as the router.</summary>
    private void GoesTheWholeWay(OtdRoutingTransformer router, double least = 0.9)
    {
        Assert.InRange(Precision(router), least, 1);
        using var stream = new MemoryStream();
        scenes.Context.Model.Save(router, scenes.Test.Schema, stream);
        stream.Position = 0;
        using var loaded = scenes.Context.OtdRouting().Load(stream, out _);
        var again = loaded.OfType<OtdRoutingTransformer>().Single();
        AssertSame(router, again);
        stream.Position = 0;
        var plain = PlainModel.Load(scenes.Context, stream, out _).Transform(scenes.Test);
        Assert.Equal(router.Transform(scenes.Test).GetColumn<uint>("Route"), plain.GetColumn<uint[]>("Route").Select(r => r[0]));
    }

    private void AssertSame(OtdRoutingTransformer expected, OtdRoutingTransformer found)
    {
        var (a, b) = (expected.Transform(scenes.Test), found.Transform(scenes.Test));
        Assert.Equal(a.GetColumn<uint>("Route"), b.GetColumn<uint>("Route"));
        Assert.Equal(a.GetColumn<float[]>("PredictedBoundingBoxes"), b.GetColumn<float[]>("PredictedBoundingBoxes"));
        Assert.Equal(a.GetColumn<float[]>("Score"), b.GetColumn<float[]>("Score"));
        Assert.Equal(a.GetColumn<uint[]>("PredictedLabel"), b.GetColumn<uint[]>("PredictedLabel"));
    }

    /// <summary>A detector of <see cref="Scenes"/> with boxes, scores and classes apart, or all in one.</summary>
    private static TinyGraph Restated(int size, string form, int batch = -1)
    {
        var graph = Scenes.Detector(size, logits: false);
        var count = size == Scenes.Side ? 80 : 16;
        graph.Graph.Output.Clear();
        graph.Graph.Input.Clear();
        graph.Input("image", batch, 3, size, size)
            .Node("Transpose", ["output"], "rows of all", ("perm", new long[] { 0, 2, 1 }))
            .Integers("from 0", 0).Integers("from 2", 2).Integers("from 4", 4).Integers("to 7", 7).Integers("along", 2).Constant("half", [1], 0.5f)
            .Node("Slice", ["rows of all", "from 0", "from 2", "along"], "centres")
            .Node("Slice", ["rows of all", "from 2", "from 4", "along"], "sizes")
            .Node("Slice", ["rows of all", "from 4", "to 7", "along"], "by class")
            .Node("Mul", ["sizes", "half"], "halves").Node("Sub", ["centres", "halves"], "upper").Node("Add", ["centres", "halves"], "lower")
            .Node("ReduceMax", ["by class"], "best", ("axes", new long[] { 2 }), ("keepdims", 1)).Node("ArgMax", ["by class"], "index", ("axis", 2), ("keepdims", 1));
        if (form == "one")
        {
            return graph.Node("Cast", ["index"], "type", ("to", 1)).Node("Concat", ["upper", "lower", "best", "type"], "restated", ("axis", 2)).Output("restated");
        }

        graph.Node("Concat", ["upper", "lower"], "all boxes", ("axis", 2)).Node("Squeeze", ["best", "along"], "all scores").Node("Squeeze", ["index", "along"], "all kinds");
        if (form == "fixed")
        {
            return graph.Node("Identity", ["all boxes"], "corners").Node("Identity", ["all scores"], "sureness").Node("Identity", ["all kinds"], "kinds")
                .Output("corners", shape: [batch, count, 4]).Output("sureness", shape: [batch, count]).Output("kinds", DataType.Int64, [batch, count]);
        }

        // Those with a score above 0.05 alone.
        graph.Constant("enough", [1], 0.05f).Integers("flat", -1).Integers("four", -1, 4)
            .Node("Reshape", ["all boxes", "four"], "flat boxes").Node("Reshape", ["all scores", "flat"], "flat scores").Node("Reshape", ["all kinds", "flat"], "flat kinds")
            .Node("Greater", ["flat scores", "enough"], "is enough")
            .Node("Compress", ["flat boxes", "is enough"], "few boxes", ("axis", 0))
            .Node("Compress", ["flat scores", "is enough"], "few scores", ("axis", 0))
            .Node("Compress", ["flat kinds", "is enough"], "few kinds", ("axis", 0));
        if (form == "varying")
        {
            return graph.Node("Identity", ["few boxes"], "corners").Node("Identity", ["few scores"], "sureness").Node("Identity", ["few kinds"], "kinds")
                .Output("corners", shape: [-1, 4]).Output("sureness", shape: [-1]).Output("kinds", DataType.Int64, [-1]);
        }

        // Of any number; behind what there is come sure detections of nothing.
        return graph.Constant("some boxes", [5, 4], [.. Enumerable.Range(0, 20).Select(i => (i % 4) < 2 ? 1f : 3f + (i / 4))]).Constant("some scores", [5], 0.95f, 0.9f, 0.85f, 0.8f, 0.75f)
            .Integers("some kinds", 0, 1, 2, 0, 1)
            .Node("Concat", ["few boxes", "some boxes"], "corners", ("axis", 0)).Node("Concat", ["few scores", "some scores"], "sureness", ("axis", 0))
            .Node("Concat", ["few kinds", "some kinds"], "kinds", ("axis", 0))
            .Node("Cast", ["is enough"], "each", ("to", 6)).Node("ReduceSum", ["each"], "number", ("keepdims", 1))
            .Output("corners", shape: [-1, 4]).Output("sureness", shape: [-1]).Output("kinds", DataType.Int64, [-1]).Output("number", DataType.Int32, [1]);
    }
}
