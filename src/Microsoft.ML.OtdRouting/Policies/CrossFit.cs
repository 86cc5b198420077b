using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Predictors of all folds and what they say of the rows they have not seen.</summary>
/// <param name="Predictors">One a fold.</param>
/// <param name="HeldOut">Predicted losses: of each row by the predictor of its own fold, which was fitted without it.</param>
/// <param name="Error">Weighted squared error of the differences between the routes of a row, summed over the rows.</param>
/// <param name="Penalty">Ridge penalty, as a multiple of the number of training rows.</param>
internal sealed record CrossFit(IReadOnlyList<LossPredictor> Predictors, RouteTable HeldOut, double Error, double Penalty);
