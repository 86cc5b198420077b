using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// One resolution ready to score: a session, the names and shapes of its tensors, and the resizer from the largest resolution.
/// Safe for concurrent use; each user works on <see cref="ScorerBatch"/>es of its own.
/// </summary>
internal sealed class ResolutionScorer
{
    private static readonly string[] OutputCandidates = ["logits", "probabilities", "scores", "output"];

    /// <summary>Opens the model and scores a blank image, so that whatever does not fit is found here and not at the first row.</summary>
    /// <exception cref="InvalidDataException">The model does not take RGB images of this size, or has no usable output.</exception>
    public ResolutionScorer(Resolution resolution, int sourceHeight, int sourceWidth, OnnxSessions sessions, ScoringOptions options)
    {
        Resolution = resolution;
        Resizer = new ImageResizer(sourceHeight, sourceWidth, resolution.Height, resolution.Width);
        (Session, ModelSha256) = sessions.Open(resolution);
        InputName = FindInput();
        HasHalfInput = Session.InputMetadata[InputName] is { IsTensor: true, ElementDataType: TensorElementType.Float16 };
        HasFixedBatch = CheckInput();
        MaxBatch = HasFixedBatch ? 1 : options.BatchSize;
        BatchSizes = new BatchSizes(MaxBatch);
        Outputs = ScoreBlank(FindEmbedding() is { } embedding ? [FindOutput(), embedding] : [FindOutput()]);
    }

    public Resolution Resolution { get; }

    public InferenceSession Session { get; }

    /// <summary>SHA-256 of the model's file when it was opened.</summary>
    public string ModelSha256 { get; }

    /// <summary>From the largest resolution to this one.</summary>
    public ImageResizer Resizer { get; }

    public string InputName { get; }

    /// <summary>The outputs that are read: the one that answers, then the embedding if the model has one.</summary>
    public IReadOnlyList<ScorerOutput> Outputs { get; }

    /// <summary>Name of the output that answers.</summary>
    public string OutputName => Outputs[0].Name;

    /// <summary>Floats of the output that answers, for one image.</summary>
    public int OutputLength => Outputs[0].Length;

    /// <summary>Name of the embedding output, or null.</summary>
    public string? EmbeddingName => Outputs.Count > 1 ? Outputs[1].Name : null;

    /// <summary>Floats of the embedding of one image; 0 when there is none.</summary>
    public int EmbeddingLength => Outputs.Count > 1 ? Outputs[1].Length : 0;

    /// <summary>Whether the input has half precision (float16) instead of single.</summary>
    public bool HasHalfInput { get; }

    /// <summary>Whether the model takes one image a run and no more.</summary>
    public bool HasFixedBatch { get; }

    /// <summary>Images in one run, at most.</summary>
    public int MaxBatch { get; }

    /// <summary>At which size of batch an image takes least.</summary>
    public BatchSizes BatchSizes { get; }

    /// <summary>Shape of the input for a number of images.</summary>
    public long[] InputShape(int count) => Resolution.Preprocessing.Layout == PixelLayout.Planar
        ? [count, 3, Resolution.Height, Resolution.Width]
        : [count, Resolution.Height, Resolution.Width, 3];

    /// <summary>FLOPs of one image: the resolution's own figure, or counted from the graph.</summary>
    /// <exception cref="InvalidDataException">There is nothing to count in the graph.</exception>
    public double CountFlops()
    {
        var flops = Resolution.Flops ?? FlopCounter.Count(Resolution.ModelFile, InputName, InputShape(1)).Flops;
        return flops > 0
            ? flops
            : throw Unfit($"it has no convolutions and matrix products whose FLOPs could be counted; set {nameof(Resolution.Flops)}");
    }

    /// <summary>The model as a message, with its outputs joined, to put it into another graph.</summary>
    /// <exception cref="FileNotFoundException">The file is gone.</exception>
    /// <exception cref="InvalidDataException">The file is not the one that was opened any more.</exception>
    public ModelProto ReadModel()
    {
        if (Resolution.Embedded is { } embedded)
        {
            return OnnxModelFile.Parse(Resolution.ModelFile, embedded.Bytes);
        }

        OnnxModelFile.RequireExists(Resolution.ModelFile);
        var bytes = File.ReadAllBytes(Resolution.ModelFile);
        if (OnnxModelFile.Sha256(bytes) != ModelSha256)
        {
            throw new InvalidDataException(
                $"'{Resolution.ModelFile}' has changed since the router opened it: its SHA-256 is {OnnxModelFile.Sha256(bytes)}, that of the " +
                $"router's model {ModelSha256}. Fit again, or put the old file back.");
        }

        var model = OnnxModelFile.Parse(Resolution.ModelFile, bytes);
        if (Resolution.Joined is { } joined)
        {
            OutputJoin.Apply(Resolution.ModelFile, model, Resolution.InputName, joined);
        }

        return model;
    }

    private string FindInput()
    {
        var inputs = Session.InputMetadata;
        if (Resolution.InputName is { } asked)
        {
            return inputs.ContainsKey(asked) ? asked : throw NoTensor("input", asked, inputs.Keys);
        }

        return inputs.Count == 1
            ? inputs.Keys.First()
            : throw Unfit($"it has {inputs.Count} inputs ({string.Join(", ", inputs.Keys)}); set {nameof(Resolution.InputName)}");
    }

    /// <summary>Checks the declared shape of the input; true when the batch is fixed to one.</summary>
    private bool CheckInput()
    {
        var metadata = Session.InputMetadata[InputName];
        var expected = InputShape(-1);
        var found = metadata.Dimensions;
        if (!metadata.IsTensor || !(HasHalfInput || metadata.ElementDataType == TensorElementType.Float))
        {
            throw Unfit($"input '{InputName}' holds {metadata.ElementDataType}; float is expected, or float16");
        }

        var fits = found.Length == 4 && found[0] is -1 or 1;
        for (var axis = 1; fits && axis < 4; axis++)
        {
            fits = found[axis] == -1 || found[axis] == expected[axis];
        }

        return fits
            ? found[0] == 1
            : throw Unfit($"input '{InputName}' is {Shape(found.Select(d => (long)d))}; expected {Shape(expected)}");
    }

    private string FindOutput()
    {
        var outputs = Session.OutputMetadata;
        if (Resolution.Joined is { } joined)
        {
            return Resolution.OutputName is null
                ? joined.Name
                : throw Unfit($"{nameof(Resolution.OutputName)} is '{Resolution.OutputName}' and {nameof(Resolution.Joined)} is {joined}; only one of them can answer");
        }

        if (Resolution.OutputName is { } asked)
        {
            return outputs.ContainsKey(asked) ? asked : throw NoTensor("output", asked, outputs.Keys);
        }

        return OutputCandidates.FirstOrDefault(outputs.ContainsKey) ?? (outputs.Count > 0 ? Session.OutputNames[0] : throw Unfit("it has no outputs"));
    }

    private string? FindEmbedding()
    {
        var outputs = Session.OutputMetadata;
        if (Resolution.EmbeddingName is not { } asked)
        {
            return outputs.ContainsKey("embedding") ? "embedding" : null;
        }

        if (asked.Length == 0)
        {
            return null;
        }

        return outputs.ContainsKey(asked) ? asked : throw NoTensor("output", asked, outputs.Keys);
    }

    private ScorerOutput[] ScoreBlank(string[] names)
    {
        using var input = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, HasHalfInput ? TensorElementType.Float16 : TensorElementType.Float, InputShape(1));
        input.GetTensorMutableRawData().Clear();
        try
        {
            using var run = new RunOptions();
            using var outputs = Session.Run(run, [InputName], [input], names);
            return names.Select((name, i) => Output(outputs[i], name)).ToArray();
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException(
                $"'{Resolution.ModelFile}' cannot score an image of {Resolution.Height}x{Resolution.Width} " +
                $"(input '{InputName}' of shape {Shape(InputShape(1))}): {e.Message}", e);
        }
    }

    private ScorerOutput Output(OrtValue output, string name)
    {
        var info = output.GetTensorTypeAndShape();
        if (info.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
        {
            throw Unfit($"output '{name}' holds {info.ElementDataType}; float is expected, or float16");
        }

        return info.Shape is [1, .. var rest] && info.ElementCount > 0
            ? new ScorerOutput(name, rest, info.ElementDataType == TensorElementType.Float16)
            : throw Unfit($"output '{name}' is {Shape(info.Shape)} for one image; expected [1, length]");
    }

    private InvalidDataException NoTensor(string kind, string asked, IEnumerable<string> available) =>
        Unfit($"it has no {kind} '{asked}'; its {kind}s are {string.Join(", ", available)}");

    private InvalidDataException Unfit(string reason) =>
        new($"'{Resolution.ModelFile}' does not fit resolution {Resolution.Name}: {reason}.");

    private static string Shape(IEnumerable<long> dimensions) =>
        $"[{string.Join(", ", dimensions.Select(d => d < 0 ? "batch or free" : d.ToString()))}]";
}
