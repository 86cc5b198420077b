using Microsoft.ML.Data;

namespace Microsoft.ML;

public abstract class TrainCatalogBase
{
    private protected TrainCatalogBase(MLContext context) => Context = context;

    private protected MLContext Context { get; }

    private protected IReadOnlyList<CrossValidationResult<TMetrics>> CrossValidateCore<TMetrics>(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds, string? samplingKeyColumn, int? seed,
        Func<IDataView, TMetrics> evaluate)
        where TMetrics : class
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(estimator);
        var results = new List<CrossValidationResult<TMetrics>>();
        foreach (var fold in Context.Data.CrossValidationSplit(data, numberOfFolds, samplingKeyColumn, seed))
        {
            ITransformer model = estimator.Fit(fold.TrainSet);
            IDataView scored = model.Transform(fold.TestSet);
            results.Add(new CrossValidationResult<TMetrics>(model, evaluate(scored), scored, results.Count));
        }

        return results;
    }

    public sealed class CrossValidationResult<T>
        where T : class
    {
        public readonly ITransformer Model;
        public readonly T Metrics;
        public readonly IDataView ScoredHoldOutSet;
        public readonly int Fold;

        internal CrossValidationResult(ITransformer model, T metrics, IDataView scores, int fold)
        {
            Model = model;
            Metrics = metrics;
            ScoredHoldOutSet = scores;
            Fold = fold;
        }
    }
}
