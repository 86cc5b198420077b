using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>What estimators of pipelines have in common.</summary>
public class Estimator
{
    protected Estimator()
    {
    }

    public Parameter Parameter { get; set; } = null!;
}
