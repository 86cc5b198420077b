using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// One input resolution of a vision model: an ONNX file and the size at which it is fed. One file whose height and width are
/// free may serve several resolutions.
/// </summary>
public sealed class Resolution
{
    private readonly double? _flops;

    /// <summary>A square resolution.</summary>
    /// <param name="modelFile">Path of the ONNX model.</param>
    /// <param name="size">Height and width of the model's input, in pixels; at least 1.</param>
    /// <exception cref="ArgumentException"><paramref name="modelFile"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1.</exception>
    public Resolution(string modelFile, int size)
        : this(modelFile, size, size)
    {
    }

    /// <summary>A rectangular resolution.</summary>
    /// <param name="modelFile">Path of the ONNX model.</param>
    /// <param name="height">Height of the model's input, in pixels; at least 1.</param>
    /// <param name="width">Width of the model's input, in pixels; at least 1.</param>
    /// <exception cref="ArgumentException"><paramref name="modelFile"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or an image would not fit into one array of floats.</exception>
    public Resolution(string modelFile, int height, int width)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(modelFile);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if ((long)height * width > Array.MaxLength / 3)
        {
            throw new ArgumentOutOfRangeException(
                nameof(height), height, $"The resolution {height}x{width} has {(long)height * width} pixels; it must have at most {Array.MaxLength / 3}.");
        }

        ModelFile = modelFile;
        Height = height;
        Width = width;
        Name = height == width ? $"{height}" : $"{height}x{width}";
    }

    /// <summary>Path of the ONNX model.</summary>
    public string ModelFile { get; }

    /// <summary>Height of the model's input, in pixels.</summary>
    public int Height { get; }

    /// <summary>Width of the model's input, in pixels.</summary>
    public int Width { get; }

    /// <summary>Name in routes and reports; by default the size (<c>28</c>, or <c>28x32</c>). Unique within a router.</summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string Name
    {
        get;
        init => field = string.IsNullOrWhiteSpace(value) ? throw new ArgumentException($"{nameof(Name)} is empty; expected the name of a resolution.", nameof(Name)) : value;
    }

    /// <summary>What happens to pixels (0..255, RGB) before they enter the model. By default nothing.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImagePreprocessing Preprocessing
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Preprocessing), $"{nameof(Preprocessing)} is null; without any it is {nameof(ImagePreprocessing)}.{nameof(ImagePreprocessing.None)}.");
    } = ImagePreprocessing.None;

    /// <summary>Name of the image input; by default the model's only input.</summary>
    public string? InputName { get; init; }

    /// <summary>
    /// Name of the output that answers; by default the output called <c>logits</c>, <c>probabilities</c>, <c>scores</c>
    /// or <c>output</c>, else the model's first output.
    /// </summary>
    public string? OutputName { get; init; }

    /// <summary>
    /// Outputs that answer together, in place of one (<see cref="OutputName"/>). Default null: one output answers. The session runs the model with nodes behind it that join them, and so
    /// a router saves and exports it.
    /// </summary>
    public JoinedOutputs? Joined { get; init; }

    /// <summary>
    /// Name of an output with an embedding of the image, which the policy uses as a feature; by default the output called
    /// <c>embedding</c>, if the model has one. An empty string means none.
    /// </summary>
    public string? EmbeddingName { get; init; }

    /// <summary>Whether the output holds logits (the default) or probabilities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public ModelOutputKind OutputKind
    {
        get;
        init => field = NamedValue.Require(value, nameof(OutputKind));
    } = ModelOutputKind.Logits;

    /// <summary>
    /// Cost of scoring one image, in FLOPs (2 per multiply-add); by default counted from the graph. Set it for models whose
    /// cost cannot be counted, such as those with loops.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a positive finite number.</exception>
    public double? Flops
    {
        get => _flops;
        init => _flops = value is null || (value > 0 && double.IsFinite(value.Value))
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Flops), value, $"{nameof(Flops)} is {value}; it must be a positive finite number.");
    }

    /// <summary>The model itself, where a saved router brought it; null for one in <see cref="ModelFile"/>.</summary>
    internal EmbeddedModel? Embedded { get; init; }

    /// <summary>Milliseconds an image, where they have been measured before; null to measure them.</summary>
    internal double? Milliseconds { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({ModelFile})";
}
