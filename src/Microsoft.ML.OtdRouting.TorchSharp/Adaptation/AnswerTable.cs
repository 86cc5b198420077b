using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>What a model says about every image at its largest size, as logits.</summary>
/// <param name="kind">What its answers are.</param>
internal sealed class AnswerTable(ModelOutputKind kind)
{
    /// <summary>Below this a probability says no more than that it is small.</summary>
    private const float LeastProbability = 1e-30f;

    private readonly List<float[]> _rows = [];

    /// <summary>Floats of an answer.</summary>
    public int Length => _rows[0].Length;

    public int Count => _rows.Count;

    /// <summary>Adds the answer to the next image.</summary>
    public void Add(ReadOnlySpan<float> answer)
    {
        var row = answer.ToArray();
        if (kind == ModelOutputKind.Probabilities)
        {
            TensorPrimitives.Max(row, LeastProbability, row);
            TensorPrimitives.Log(row, row);
        }

        _rows.Add(row);
    }

    /// <summary>The most probable class of an image.</summary>
    public int Best(int image) => TensorPrimitives.IndexOfMax<float>(_rows[image]);

    /// <summary>The answers to some images, [images, length].</summary>
    public Tensor Of(IReadOnlyList<int> images)
    {
        var values = new float[images.Count * Length];
        for (var i = 0; i < images.Count; i++)
        {
            _rows[images[i]].CopyTo(values, i * Length);
        }

        return tensor(values, [images.Count, Length]);
    }
}
