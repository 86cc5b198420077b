using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>A routed graph in a model file.</summary>
/// <param name="Router">The router that it was saved from.</param>
/// <param name="Graph">The graph.</param>
internal sealed record SavedGraph(SavedRouter Router, GraphProto Graph);
