using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>What a model says at its largest size about one view after another, as logits.</summary>
/// <param name="kind">What its answers are.</param>
internal sealed class AnswerTable(ModelOutputKind kind)
{
    /// <summary>Below this a probability says no more than that it is small.</summary>
    private const float LeastProbability = 1e-30f;

    private readonly List<float[]> _rows = [];

    /// <summary>Floats of an answer.</summary>
    public int Length => _rows[0].Length;

    public int Count => _rows.Count;

    /// <summary>Adds the answer to the next view.</summary>
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

    /// <summary>The most probable class of a view.</summary>
    public int Best(int row) => TensorPrimitives.IndexOfMax<float>(_rows[row]);

    /// <summary>The answers to some views, [views, length].</summary>
    public Tensor Of(IReadOnlyList<int> rows)
    {
        var values = new float[rows.Count * Length];
        for (var i = 0; i < rows.Count; i++)
        {
            _rows[rows[i]].CopyTo(values, i * Length);
        }

        return tensor(values, [rows.Count, Length]);
    }
}
