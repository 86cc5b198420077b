using System.IO.Compression;
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>Routers with a part that is missing or out of range are refused by one error, which names the part, before memory is taken.</summary>
public class DamagedRouterTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    /// <summary>What reading a router that is refused may allocate, in bytes: some copies of the tiny one.</summary>
    private const long MostBytes = 64L << 20;

    private static readonly Dictionary<string, (Action<SavedRouter> Damage, string Part)> Cases = new()
    {
        ["height beyond memory"] = (s => s.Resolutions[0].Height = int.MaxValue, "the list of resolutions"),
        ["height and width of two"] = (s => (s.Resolutions[0].Height, s.Resolutions[1].Width) = (100_000, 100_000), "the list of resolutions"),
        ["height that the graph lacks"] = (s => s.Resolutions[0].Height = 3000, "the list of resolutions"),
        ["no height"] = (s => s.Resolutions[0].Height = 0, "resolution 0"),
        ["no resolutions"] = (s => s.Resolutions.Clear(), "the list of resolutions"),
        ["a resolution many times"] = (s => s.Resolutions.Add(Enumerable.Repeat(s.Resolutions[^1], 20)), "the list of resolutions"),
        ["resolutions out of order"] = (s => (s.Resolutions[0], s.Resolutions[1]) = (s.Resolutions[1], s.Resolutions[0]), "resolution 1"),
        ["no model"] = (s => s.Resolutions[0].Model = ByteString.Empty, "resolution 0"),
        ["a model without a graph"] = (s => s.Resolutions[0].Model = new ModelProto { ProducerName = "x" }.ToByteString(), "resolution 0"),
        ["no model file"] = (s => s.Resolutions[0].ModelFile = "", "resolution 0"),
        ["kind of output"] = (s => s.Resolutions[0].OutputKind = 7, "resolution 0"),
        ["order of channels"] = (s => s.Resolutions[0].ChannelOrder = -1, "resolution 0"),
        ["layout"] = (s => s.Resolutions[0].Layout = 2, "resolution 0"),
        ["two means"] = (s => s.Resolutions[0].Mean.RemoveAt(0), "resolution 0"),
        ["no cost"] = (s => s.Resolutions[0].Cost = double.NaN, "resolution 0"),
        ["form of images"] = (s => s.ImageForm = 4, "form of images"),
        ["unit of cost"] = (s => s.CostUnit = -1, "unit of cost"),
        ["no budget"] = (s => s.Budget = 0, "budget"),
        ["no options"] = (s => s.Options = "", "options"),
        ["null options"] = (s => s.Options = "null", "options"),
        ["null decoding"] = (s => s.Options = With(s.Options, "Decoding", "null"), "options"),
        ["null scoring"] = (s => s.Options = With(s.Options, "Scoring", "null"), "options"),
        ["null prior"] = (s => s.Options = With(s.Options, "Prior", "null"), "options"),
        ["prior without shares"] = (s => s.Options = With(s.Options, "Prior", "{\"Kind\":\"Explicit\"}"), "options"),
        ["ceilings of other routes"] = (s => s.Options = With(s.Options, "Prior", "{\"Kind\":\"BudgetOnly\",\"Numbers\":[1,1]}"), "options"),
        ["window beyond memory"] = (s => s.Options = With(s.Options, "Scoring", "{\"WindowSize\":2147483647}"), "options"),
        ["enforcement"] = (s => s.Options = With(s.Options, "Enforcement", "9"), "options"),
        ["folds in options"] = (s => s.Options = With(s.Options, "Fitting", "{\"FoldCount\":1}"), "options"),
        ["task"] = (s => s.Task = "regression", "task"),
        ["no bound task"] = (s => s.BoundTask = ByteString.Empty, "task"),
        ["no label"] = (s => s.BoundTask = Task(s, t => t.Label = null), "task"),
        ["keys beyond the classes"] = (s => s.BoundTask = Task(s, t => t.Label.Count = 1UL << 40), "task"),
        ["storage of keys"] = (s => s.BoundTask = Task(s, t => t.Label.RawType = "Double"), "task"),
        ["teacher"] = (s => s.BoundTask = Task(s, t => t.Teacher = 9), "task"),
        ["background"] = (s => s.BoundTask = Task(s, t => t.Background = 99), "task"),
        ["alignments of other resolutions"] = (s => s.BoundTask = Task(s, t => t.Alignments.Add(new SavedAlignment())), "task"),
        ["an odd alignment"] = (s => s.BoundTask = Task(s, t => t.Alignments.Add(s.Resolutions.Select(_ => new SavedAlignment { Corrections = { new SavedCorrection() } }))), "task"),
        ["no candidates"] = (s => s.Candidates.Clear(), "the list of candidates"),
        ["no part"] = (s => s.Candidates[0].Part = null, "candidate 0"),
        ["no outcomes"] = (s => s.Candidates[0].Part.Outcomes = null, "candidate 0"),
        ["first look"] = (s => s.Candidates[0].Part.FirstLook = -1, "candidate 0"),
        ["no routes"] = (s => s.Candidates[0].Part.Routes.Clear(), "candidate 0"),
        ["routes without end"] = (s => s.Candidates[0].Part.Routes.Add(Enumerable.Repeat(s.Candidates[0].Part.Routes[^1], 33)), "candidate 0"),
        ["member"] = (s => s.Candidates[0].Part.Routes[0].Members[0] = 99, "candidate 0"),
        ["member twice"] = (s => s.Candidates[0].Part.Routes[0].Members.Add(0), "candidate 0"),
        ["no predictors"] = (s => s.Candidates[0].Predictors.Clear(), "candidate 0"),
        ["predictors of other folds"] = (s => s.Candidates[1].Predictors.RemoveAt(0), "candidate 1"),
        ["a weight less"] = (s => s.Candidates[0].Predictors[0].Weights.RemoveAt(0), "candidate 0"),
        ["a weight that is none"] = (s => s.Candidates[0].Predictors[0].Weights[0] = float.NaN, "candidate 0"),
        ["a held-out prediction less"] = (s => s.Candidates[0].HeldOut.RemoveAt(0), "candidate 0"),
        ["a loss less"] = (s => s.Candidates[0].Part.Outcomes.Losses.RemoveAt(0), "candidate 0"),
        ["a pool less"] = (s => s.Candidates[0].Part.Model = Model(s, m => m.Pools.RemoveAt(0)), "candidate 0"),
        ["a temperature less"] = (s => s.Candidates[0].Part.Model = Model(s, m => m.InverseTemperatures.RemoveAt(0)), "candidate 0"),
        ["embedding beyond memory"] = (s => s.Candidates[0].Part.Model = Model(s, m => m.Features.EmbeddingLength = int.MaxValue), "candidate 0"),
        ["no features"] = (s => s.Candidates[0].Part.Model = Model(s, m => m.Features = null), "candidate 0"),
        ["pools of other folds"] = (s => s.Candidates[0].Part.Model = Model(s, m => m.Features.Pools.RemoveAt(0)), "candidate 0"),
        ["way of aligning"] = (s => s.Candidates[0].Part.Model = Model(s, m => m.Aligned = 3), "candidate 0"),
        ["no single resolutions"] = (s => s.Alone = null, "the single resolutions"),
        ["no plain resolutions"] = (s => s.Plain = null, "the plain resolutions"),
        ["a plain resolution less"] = (s => s.Plain.Routes.RemoveAt(0), "the plain resolutions"),
        ["no rows"] = (s => s.Positions.Clear(), "the table of fitting rows"),
        ["rows without end"] = (s => s.Positions.Add(Enumerable.Repeat(0u, 20_000)), "the table of fitting rows"),
        ["position"] = (s => s.Positions[0] = 1 << 20, "the table of fitting rows"),
        ["weights of other rows"] = (s => s.SamplePrior.Add(1), "the table of fitting rows"),
        ["a sample without features"] = (s => s.Sample.Features.Clear(), "the sample of features"),
        ["a sample without losses"] = (s => s.Sample.Losses.Clear(), "the sample of features"),
        ["a promise without tests"] = (s => s.Promise = new SavedPromise { Rows = 5 }, "the router's promise"),
        ["a promise of nothing"] = (s => s.Promise = Promise(0.01), "the router's promise"),
        ["a promise that was not kept"] = (s => (s.Promise, s.Options) = (Promise(0.5), WithTarget(s.Options)), "the router's promise"),
        ["a promise with a chance beyond one"] = (s => s.Promise = Promise(1.5), "the router's promise"),
        ["a target without tests"] = (s => s.Options = WithTarget(s.Options), "the router's promise"),
        ["a target of two kinds"] = (s => s.Options = With(With(s.Options, "Budget", "null"), "Quality", "{\"Points\":1,\"Quality\":0.5,\"Confidence\":0.9,\"KeptBack\":0.5}"), "options"),
        ["no policies"] = (s => s.Policies.Clear(), "the list of policies"),
        ["three policies"] = (s => s.Policies.Add(Enumerable.Repeat(s.Policies[0], 2)), "the list of policies"),
        ["a policy of no candidate"] = (s => s.Policies[0].Candidate = 99, "policy 0"),
        ["half a share"] = (s => s.Policies[0].Share = 0.5, "the list of policies"),
        ["no prices"] = (s => s.Policies[0].Prices = null, "policy 0"),
        ["a price less"] = (s => s.Policies[0].Prices.Prices.RemoveAt(0), "policy 0"),
        ["shares beyond one"] = (s => s.Policies[0].Prices.Shares[0] += 0.1, "policy 0"),
        ["bounds of other routes"] = (s => s.Policies[0].Prices.Bounds = new SavedBounds(), "policy 0"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_part_that_is_missing_or_out_of_range_is_named(string name)
    {
        var (model, saved) = Saved();
        Cases[name].Damage(saved);
        foreach (var property in model.MetadataProps.Where(p => p.Key.EndsWith(".router", StringComparison.Ordinal) || p.Key.EndsWith(".digest", StringComparison.Ordinal)).ToList())
        {
            model.MetadataProps.Remove(property);
        }

        RouterMetadata.Attach(model, saved);
        using var graph = RouterMetadata.Seal(model);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() =>
            OtdRoutingTransformer.Load(RouterMetadata.Read("the graph", graph.ToArray())!, null, new RouterContext(colours.Context)));
        Assert.Contains(Cases[name].Part, error.Message);
        Assert.Contains("is damaged: ", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    [Fact]
    public void The_file_is_named_as_well_as_the_part()
    {
        using var folder = new ScratchFolder();
        var file = Rewrite(folder, e => e.Name == "OnnxModel", bytes => bytes[bytes.Length / 2] ^= 1);
        var error = Assert.Throws<InvalidDataException>(() => colours.Context.OtdRouting().Load(file, out _));
        Assert.StartsWith($"'{file}' cannot be loaded: graph 'TransformerChain/", error.Message);
        Assert.Contains("digest", error.Message);
    }

    [Fact]
    public void A_router_among_other_steps_than_its_own_is_no_router_and_said_so()
    {
        var ml = colours.Context;
        using var folder = new ScratchFolder();
        ml.OtdRouting().Save(colours.Router, colours.Test().Schema, folder.File("model.zip"));
        var plain = (IEnumerable<ITransformer>)PlainModel.Load(ml, folder.File("model.zip"), out var schema);
        ml.Model.Save(new TransformerChain<ITransformer>([.. plain.SkipLast(1)]), schema, folder.File("less.zip"));
        var error = Assert.Throws<InvalidDataException>(() => ml.OtdRouting().Load(folder.File("less.zip"), out _));
        Assert.Contains("less.zip' cannot be loaded: the model is damaged: the steps around 1 of its 1 routers", error.Message);
    }

    [Fact]
    public void A_checksum_that_is_not_that_of_a_step_of_the_user_is_an_error()
    {
        var ml = colours.Context;
        using var folder = new ScratchFolder();
        var chain = ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Fitting).Append(colours.Router);
        ml.OtdRouting().Save(chain, colours.Fitting.Schema, folder.File("model.zip"));
        var bytes = File.ReadAllBytes(folder.File("model.zip"));
        // The checksum of the first entry, in the directory at the end: 16 bytes behind the directory's mark.
        var directory = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8);
        bytes[directory + 16] ^= 1;
        File.WriteAllBytes(folder.File("model.zip"), bytes);
        Assert.Contains("its checksum", Assert.Throws<InvalidDataException>(() => ml.OtdRouting().Load(folder.File("model.zip"), out _)).Message);
    }

    [Fact]
    public void A_file_that_unpacks_without_end_is_refused_before_it_does()
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("TransformerChain/Transform_000/OnnxModel", CompressionLevel.Optimal).Open();
            for (var i = 0; i < 300; i++)
            {
                entry.Write(new byte[1 << 20]);
            }
        }

        stream.Position = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => colours.Context.OtdRouting().Load(stream, out _));
        Assert.Contains("OnnxModel' is damaged: with it, the file", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    private (ModelProto Graph, SavedRouter Router) Saved()
    {
        using var stream = new MemoryStream();
        colours.Context.Model.Save(colours.Router, colours.Test().Schema, stream);
        using var archive = new ZipArchive(stream);
        using var reader = new BinaryReader(archive.Entries.Single(e => e.Name == "OnnxModel").Open());
        var graph = ModelProto.Parser.ParseFrom(reader.ReadBytes(reader.ReadInt32()));
        return (graph, RouterMetadata.Find(graph)!);
    }

    /// <summary>A saved router with one entry changed, whose checksum is right.</summary>
    private string Rewrite(ScratchFolder folder, Func<ZipArchiveEntry, bool> which, Action<byte[]> change)
    {
        var file = folder.File("model.zip");
        colours.Context.OtdRouting().Save(colours.Router, colours.Test().Schema, file);
        using var archive = ZipFile.Open(file, ZipArchiveMode.Update);
        var entry = archive.Entries.Single(which);
        using var content = entry.Open();
        var bytes = new byte[content.Length];
        content.ReadExactly(bytes);
        change(bytes);
        content.Position = 0;
        content.Write(bytes);
        return file;
    }

    private static string With(string options, string name, string value)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(options)!;
        json[name] = System.Text.Json.Nodes.JsonNode.Parse(value);
        return json.ToJsonString();
    }

    private static string WithTarget(string options) =>
        With(With(options, "Budget", "null"), "Quality", "{\"Points\":1,\"Quality\":null,\"Confidence\":0.9,\"KeptBack\":0.5}");

    private static SavedPromise Promise(double chance) => new()
    {
        Rows = 5, Tests = { new SavedPromiseTest { Budget = 1, Quality = 0.5, Reference = 0.5, Gains = 1, Losses = 1, PValue = chance } },
    };

    private static ByteString Task(SavedRouter saved, Action<SavedTask> change)
    {
        var task = SavedTask.Parser.ParseFrom(saved.BoundTask);
        change(task);
        return task.ToByteString();
    }

    private static ByteString Model(SavedRouter saved, Action<SavedClassificationModel> change)
    {
        var model = SavedClassificationModel.Parser.ParseFrom(saved.Candidates[0].Part.Model);
        change(model);
        return model.ToByteString();
    }
}
