using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>One version of every operator set: operators changed between versions, so models of different ones cannot share a graph.</summary>
internal static class OperatorSets
{
    private const int LeastVersion = 11;

    /// <summary>The operator sets of a graph that holds all models.</summary>
    /// <exception cref="NotSupportedException">The models' versions differ, or are too old.</exception>
    public static IReadOnlyList<OperatorSetIdProto> Of(IEnumerable<ScorerGraph> scorers)
    {
        var opsets = new Dictionary<string, (long Version, string File)>();
        foreach (var scorer in scorers)
        {
            foreach (var opset in scorer.Model.OpsetImport)
            {
                var domain = opset.Domain == "ai.onnx" ? "" : opset.Domain;
                if (opsets.TryGetValue(domain, out var seen) && seen.Version != opset.Version)
                {
                    throw new NotSupportedException(
                        $"'{seen.File}' uses version {seen.Version} of operator set '{domain}', '{scorer.ModelFile}' version {opset.Version}; one graph " +
                        "needs the same. Convert the models to one version (onnx.version_converter) before saving or exporting the router.");
                }

                opsets[domain] = (opset.Version, scorer.ModelFile);
            }
        }

        return opsets.Count == 0 || opsets[""].Version >= LeastVersion
            ? opsets.Select(o => new OperatorSetIdProto { Domain = o.Key, Version = o.Value.Version }).ToList()
            : throw new NotSupportedException(
                $"'{opsets[""].File}' uses version {opsets[""].Version} of the ONNX operators; saving or exporting a router needs {LeastVersion} or later. Convert the model (onnx.version_converter).");
    }
}
