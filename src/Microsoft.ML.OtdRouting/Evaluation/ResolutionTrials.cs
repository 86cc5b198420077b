using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Tries the resolutions of a router on a few rows, with the checks of a fit and without fitting.</summary>
internal static class ResolutionTrials
{
    /// <summary>Folds are not used; two are the least, and the least rows follow from them.</summary>
    private const int Folds = 2;

    /// <summary>Scores all rows at every resolution.</summary>
    /// <param name="scorers">The resolutions.</param>
    /// <param name="taskOptions">What their outputs mean.</param>
    /// <param name="rows">The rows; few, since all are scored.</param>
    /// <param name="imageColumnName">Column with the images.</param>
    /// <param name="windowSize">Rows that are scored together.</param>
    /// <param name="warn">Takes warnings.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static IReadOnlyList<ResolutionTrial> Run(
        ScorerSet scorers, RoutingTask taskOptions, IDataView rows, string imageColumnName, int windowSize, Action<string> warn, CancellationToken cancellationToken)
    {
        var task = taskOptions.Bind(rows.Schema, scorers);
        var fitting = new FittingOptions { FoldCount = Folds };
        var observations = new ObservationReader(scorers, task, imageColumnName, fitting, windowSize, new RowFailures(RowFailureAction.Fail, warn), _ => { }, cancellationToken).Read(rows);
        task = task.Settle(observations, warn, cancellationToken);
        var singles = scorers.Costs.Select((cost, r) => new Route([r], scorers.Names, cost)).ToList();
        var quality = task.AsTheyAre(observations, singles).Outcomes(observations).Quality;
        return scorers.Scorers.Select((scorer, r) =>
        {
            var (least, largest) = Range(observations, r, Math.Min(task.AnswerLength, task.KeptLength(r)));
            return new ResolutionTrial(scorer.Resolution, observations.Rows, task.QualityName, quality.Mean(r), least, largest);
        }).ToList();
    }

    private static (float Least, float Largest) Range(Observations observations, int resolution, int length)
    {
        var (least, largest) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var row = 0; row < observations.Rows; row++)
        {
            var answer = observations.Kept(resolution, row)[..length];
            least = Math.Min(least, TensorPrimitives.Min(answer));
            largest = Math.Max(largest, TensorPrimitives.Max(answer));
        }

        return (least, largest);
    }
}
