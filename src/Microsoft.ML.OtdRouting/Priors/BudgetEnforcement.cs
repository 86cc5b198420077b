namespace Microsoft.ML.OtdRouting;

/// <summary>How a router keeps to its budget when it scores rows.</summary>
public enum BudgetEnforcement
{
    /// <summary>
    /// Every row is decided alone, with the prices of the fit. The mean cost is right on average; its error is sampling error. One-row
    /// prediction works like this too, unless rows are <see cref="Controlled"/>, and exported models always do.
    /// </summary>
    Calibrated,

    /// <summary>
    /// The rows that a cursor reads ahead are assigned together, by exact transport on their predicted losses. What rounding leaves is carried
    /// to the next window, so after every window the cumulative cost is within one dearest row of rows × budget (where the fit did not find use
    /// for the whole budget: × the mean cost it planned). A row's route depends on the rows of its window and on earlier windows, never on
    /// later ones. Windows below some 30 rows leave transport little to choose from.
    /// </summary>
    PerWindow,

    /// <summary>
    /// Every row is decided alone, with the prices of the fit and a price of cost that follows what the last rows have cost: a
    /// <see cref="BudgetController"/> that all cursors and prediction engines of a router share. The mean cost stays on the budget while the
    /// images change. A row's route depends on the rows scored before it; rows that are scored at the same time by several cursors or engines
    /// come in no fixed order.
    /// </summary>
    Controlled,
}
