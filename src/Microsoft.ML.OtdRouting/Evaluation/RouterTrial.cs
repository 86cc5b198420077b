using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting;

/// <summary>A router that a search has fitted, and how it does on the fitting rows, each answered and routed by parts that have not seen it.</summary>
/// <param name="Resolutions">Names of the resolutions that routes may hold.</param>
/// <param name="Loss">What the router minimises; empty for tasks with one loss.</param>
/// <param name="MaxRouteSize">Most resolutions that are ensembled for one image; null for no limit.</param>
/// <param name="FoldCount">Folds of cross-fitting.</param>
/// <param name="PruneRoutes">Whether routes, and looks of the cheapest resolutions, may be left out.</param>
/// <param name="Quality">Primary measure of the task; of rows without truth one minus their loss. NaN where the budget is below the cheapest route.</param>
/// <param name="MeanCost">Mean cost of a row, in the router's unit of cost; NaN where the budget is below the cheapest route.</param>
/// <param name="Gain">Quality less that of the first trial, which has the given options.</param>
/// <param name="Better">Rows on which it is better than the first trial.</param>
/// <param name="Worse">Rows on which it is worse.</param>
/// <param name="AdjustedPValue">The chance, at most, that any of all the trials would look so much better if none were: times the number of trials.</param>
/// <param name="Time">How long the fit took, on the wall.</param>
public sealed record RouterTrial(
    IReadOnlyList<string> Resolutions,
    string Loss,
    int? MaxRouteSize,
    int FoldCount,
    bool PruneRoutes,
    double Quality,
    double MeanCost,
    double Gain,
    int Better,
    int Worse,
    double AdjustedPValue,
    TimeSpan Time)
{
    /// <summary>Whether the router can be had at the budget.</summary>
    public bool IsFeasible => !double.IsNaN(Quality);

    /// <summary>The trial as one of many: its chance to look so much better if it were not, times their number.</summary>
    /// <param name="others">How many others the first trial is compared with.</param>
    internal RouterTrial Among(int others) => IsFeasible
        ? this with { AdjustedPValue = Math.Min(1, Math.Max(1, others) * BinomialTail.AtLeast(Better + Worse, Better, 0.5)) }
        : this;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{string.Join("+", Resolutions)}, {(Loss.Length > 0 ? $"{Loss}, " : "")}routes of at most {MaxRouteSize?.ToString() ?? "any number"}, {FoldCount} folds, {(PruneRoutes ? "pruned" : "not pruned")}: ") +
        (IsFeasible ? FormattableString.Invariant($"quality {Quality:P2} ({100 * Gain:+0.00;-0.00;0.00} points, p = {AdjustedPValue:0.###})") : "dearer than the budget");
}
