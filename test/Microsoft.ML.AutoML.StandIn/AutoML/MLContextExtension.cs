namespace Microsoft.ML.AutoML;

/// <summary>Puts AutoML into the context.</summary>
public static class MLContextExtension
{
    public static AutoCatalog Auto(this MLContext mlContext) => new(mlContext);
}
