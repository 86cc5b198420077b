using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>Fitted answers of routes and what they do on rows, each computed once: neither hangs on what a policy knows of an image.</summary>
/// <param name="model">The answers.</param>
/// <param name="heldOut">What they do on the fitting rows, held out; null where nobody asks.</param>
internal sealed class KnownAnswers(TaskModel model, RouteOutcomes? heldOut)
{
    private readonly Dictionary<Observations, RouteOutcomes> _outcomes = [];

    public TaskModel Model => model;

    /// <summary>Whether they were fitted, for routes to choose from.</summary>
    public bool HasHeldOut => heldOut is not null;

    /// <summary>What the answers do on the fitting rows, held out.</summary>
    public RouteOutcomes HeldOut => heldOut ?? throw new InvalidOperationException("Nothing was held out.");

    /// <summary>What the answers do on rows that they have not seen.</summary>
    public RouteOutcomes Outcomes(Observations rows) => _outcomes.TryGetValue(rows, out var known) ? known : _outcomes[rows] = model.Outcomes(rows);

    /// <summary>Says what the answers do on rows.</summary>
    public void Set(Observations rows, RouteOutcomes outcomes) => _outcomes[rows] = outcomes;
}
