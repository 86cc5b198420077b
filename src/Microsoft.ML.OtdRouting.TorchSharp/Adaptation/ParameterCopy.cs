using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>Parameters as they were at some time, to go back to.</summary>
internal sealed class ParameterCopy : IDisposable
{
    private readonly List<(Parameter Parameter, Tensor Copy)> _copies;

    /// <summary>Takes a first copy.</summary>
    public ParameterCopy(IEnumerable<Parameter> parameters)
    {
        using var off = no_grad();
        _copies = [.. parameters.Select(p => (p, p.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>Copies the parameters as they are now.</summary>
    public void Take()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, copy) in _copies)
        {
            copy.copy_(parameter);
        }
    }

    /// <summary>Makes the parameters as they were when they were copied.</summary>
    public void PutBack()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, copy) in _copies)
        {
            parameter.copy_(copy);
        }
    }

    public void Dispose() => _copies.ForEach(c => c.Copy.Dispose());
}
