namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Short ways to the options of classification.</summary>
internal static class OptionsOfClassification
{
    /// <summary>The options' task, as what it is in most tests.</summary>
    public static ClassificationTask Classification(this OtdResolutionRouter.Options options) => (ClassificationTask)options.Task;
}
