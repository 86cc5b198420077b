using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting;

/// <summary>What a router sees of a model at a resolution.</summary>
public sealed class ResolutionDescription
{
    internal ResolutionDescription(ResolutionScorer scorer)
    {
        var model = scorer.ReadModel();
        var resolution = scorer.Resolution;
        Resolution = resolution;
        Opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 0;
        InputName = scorer.InputName;
        OutputName = scorer.OutputName;
        OutputLength = scorer.OutputLength;
        EmbeddingName = scorer.EmbeddingName;
        EmbeddingLength = scorer.EmbeddingLength;
        HasFreeBatch = !scorer.HasFixedBatch;
        Parameters = model.Graph.Initializer.Sum(t => t.Dims.Aggregate(1L, (product, size) => product * size));
        Flops = scorer.CountFlops();
    }

    /// <summary>The resolution.</summary>
    public Resolution Resolution { get; }

    /// <summary>Version of ONNX's operator set that the model uses; 0 where it does not say.</summary>
    public long Opset { get; }

    /// <summary>Name of the image input.</summary>
    public string InputName { get; }

    /// <summary>Name of the output that answers.</summary>
    public string OutputName { get; }

    /// <summary>Length of the output of one image.</summary>
    public int OutputLength { get; }

    /// <summary>Name of the output with the embedding; null without one.</summary>
    public string? EmbeddingName { get; }

    /// <summary>Length of the embedding; 0 without one.</summary>
    public int EmbeddingLength { get; }

    /// <summary>Whether several images can be scored in one run.</summary>
    public bool HasFreeBatch { get; }

    /// <summary>FLOPs of one image, 2 for each multiply-add: counted from the graph, or the resolution's own figure.</summary>
    public double Flops { get; }

    /// <summary>Number of elements in the model's initializers.</summary>
    public long Parameters { get; }
}
