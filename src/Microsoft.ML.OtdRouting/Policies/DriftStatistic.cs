namespace Microsoft.ML.OtdRouting;

/// <summary>What a drift alarm is about. All are about what the prices of the fit would do, so that a <see cref="BudgetController"/> hides no drift.</summary>
public enum DriftStatistic
{
    /// <summary>The cost of the route that the fit's prices choose.</summary>
    Cost,

    /// <summary>The shares of the routes that the fit's prices choose.</summary>
    Shares,

    /// <summary>The predicted loss of the cheapest route, which is what the first look says about how hard an image is.</summary>
    PredictedLoss,
}
