using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// A fitted router at work: scorers, routes, ensemble and policy. Safe for concurrent use; each user asks for a window of its own.
/// </summary>
internal sealed class RoutedScorer(
    ScorerSet scorers, IReadOnlyList<Route> routes, Ensemble ensemble, ClassMap classes, RoutingPolicy policy) : IDisposable
{
    public ScorerSet ScorerSet => scorers;

    public IReadOnlyList<ResolutionScorer> Scorers => scorers.Scorers;

    public IReadOnlyList<Route> Routes => routes;

    public Ensemble Ensemble => ensemble;

    public ClassMap Classes => classes;

    public RoutingPolicy Policy => policy;

    public int ImageHeight => scorers.ImageHeight;

    public int ImageWidth => scorers.ImageWidth;

    public int ImageLength => scorers.ImageLength;

    public ImageFit Fit => scorers.Fit;

    /// <summary>The same scorers under another policy. Both must be disposed.</summary>
    public RoutedScorer WithPolicy(RoutingPolicy other) => new(scorers.Share(), routes, ensemble, classes, other);

    /// <summary>Length of the vector that a column of the data gives to the policy for each image; 0 where none does.</summary>
    public int VectorLength => policy.Features is ColumnFeatures ? policy.FeatureCount : 0;

    /// <summary>A window for one pass over the data.</summary>
    public RoutedWindow CreateWindow(int capacity, BudgetEnforcement enforcement) => new(this, capacity, enforcement);

    public void Dispose() => scorers.Dispose();
}
