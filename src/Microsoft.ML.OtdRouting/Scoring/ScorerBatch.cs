using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// Memory for one batch of a resolution: pinned input and outputs that ONNX Runtime reads and writes in place, so that
/// scoring allocates nothing per row. Not safe for concurrent use.
/// </summary>
internal sealed class ScorerBatch : IDisposable
{
    private readonly ResolutionScorer _scorer;
    private readonly int _imageLength;
    private readonly BatchTensor _input;
    private readonly BatchTensor[] _outputs;
    private readonly TargetPlane[] _planes;
    private readonly float[] _resized;
    private readonly float[] _scratch;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly (OrtValue[] Inputs, OrtValue[] Outputs)?[] _tensors;
    private readonly RunOptions _run = new();

    public ScorerBatch(ResolutionScorer scorer, int capacity)
    {
        _scorer = scorer;
        Capacity = capacity;
        var resolution = scorer.Resolution;
        _imageLength = 3 * resolution.Height * resolution.Width;
        _input = new BatchTensor(capacity * _imageLength, scorer.HasHalfInput);
        _outputs = scorer.Outputs.Select(o => new BatchTensor(capacity * o.Length, o.IsHalf)).ToArray();
        _planes = [.. Enumerable.Range(0, 3).Select(resolution.Preprocessing.Plane)];
        _resized = resolution.Preprocessing.Layout == PixelLayout.Planar ? [] : new float[_imageLength];
        _scratch = new float[scorer.Resizer.ScratchLength];
        _inputNames = [scorer.InputName];
        _outputNames = scorer.Outputs.Select(o => o.Name).ToArray();
        _tensors = new (OrtValue[], OrtValue[])?[capacity + 1];
    }

    /// <summary>Images that fit.</summary>
    public int Capacity { get; }

    /// <summary>Puts an image (planar RGB at the largest resolution) into a place of the batch, resized and preprocessed.</summary>
    public void SetImage(int place, ReadOnlySpan<float> pixels)
    {
        var target = _input.Values.AsSpan(place * _imageLength, _imageLength);
        if (_scorer.Resolution.Preprocessing.Layout == PixelLayout.Planar)
        {
            _scorer.Resizer.Resize(pixels, target, _planes, _scratch);
            return;
        }

        _scorer.Resizer.Resize(pixels, _resized, _planes, _scratch);
        var plane = _imageLength / 3;
        var first = _resized.AsSpan(0, plane);
        var second = _resized.AsSpan(plane, plane);
        var third = _resized.AsSpan(2 * plane, plane);
        for (var i = 0; i < plane; i++)
        {
            (target[3 * i], target[(3 * i) + 1], target[(3 * i) + 2]) = (first[i], second[i], third[i]);
        }
    }

    /// <summary>Scores the first <paramref name="count"/> images.</summary>
    /// <exception cref="InvalidDataException">The model failed.</exception>
    public void Run(int count)
    {
        var (inputs, outputs) = _tensors[count] ??= CreateTensors(count);
        _input.ToModel(count * _imageLength);
        try
        {
            _scorer.Session.Run(_run, _inputNames, inputs, _outputNames, outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException(
                $"'{_scorer.Resolution.ModelFile}' (resolution {_scorer.Resolution.Name}) failed on {(count == 1 ? "an image" : $"{count} images")} of " +
                $"{_scorer.Resolution.Height}x{_scorer.Resolution.Width}: {e.Message}", e);
        }

        for (var i = 0; i < _outputs.Length; i++)
        {
            _outputs[i].FromModel(count * _scorer.Outputs[i].Length);
        }
    }

    /// <summary>A tensor of an image after <see cref="Run"/>.</summary>
    /// <param name="tensor">Which of the scorer's outputs.</param>
    /// <param name="place">The image.</param>
    public ReadOnlySpan<float> Output(int tensor, int place)
    {
        var length = _scorer.Outputs[tensor].Length;
        return _outputs[tensor].Values.AsSpan(place * length, length);
    }

    /// <summary>Whether all numbers of the first <paramref name="count"/> images are finite.</summary>
    public bool AreFinite(int count)
    {
        for (var tensor = 0; tensor < _outputs.Length; tensor++)
        {
            if (!float.IsFinite(TensorPrimitives.MaxMagnitude<float>(_outputs[tensor].Values.AsSpan(0, count * _scorer.Outputs[tensor].Length))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Names the first number of an image that is not finite; null where there is none.</summary>
    public string? FindNonFinite(int place)
    {
        for (var tensor = 0; tensor < _outputs.Length; tensor++)
        {
            var values = Output(tensor, place);
            for (var i = 0; i < values.Length; i++)
            {
                if (!float.IsFinite(values[i]))
                {
                    return $"'{_scorer.Resolution.ModelFile}' (resolution {_scorer.Resolution.Name}) gave {NameOf(values[i])} in its output " +
                        $"'{_scorer.Outputs[tensor].Name}', at place {i} of {values.Length}; finite numbers are expected.";
                }
            }
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var tensors in _tensors)
        {
            foreach (var tensor in tensors is { } t ? t.Inputs.Concat(t.Outputs) : [])
            {
                tensor.Dispose();
            }
        }

        _run.Dispose();
    }

    /// <summary>In ASCII, whatever the culture: some have signs of their own.</summary>
    private static string NameOf(float value) => float.IsNaN(value) ? "NaN" : value > 0 ? "infinity" : "minus infinity";

    private (OrtValue[] Inputs, OrtValue[] Outputs) CreateTensors(int count)
    {
        var input = _input.Of(count * _imageLength, _scorer.InputShape(count));
        var outputs = _scorer.Outputs.Select((o, i) => _outputs[i].Of(count * o.Length, [count, .. o.Tail])).ToArray();
        return ([input], outputs);
    }
}
