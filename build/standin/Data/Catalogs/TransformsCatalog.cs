namespace Microsoft.ML;

/// <summary>The door to the transforms. The environment behind it is internal: extension methods from outside cannot reach it.</summary>
public sealed class TransformsCatalog
{
    internal TransformsCatalog(MLContext context)
    {
        Context = context;
        Conversion = new ConversionTransforms(context);
    }

    public ConversionTransforms Conversion { get; }

    internal MLContext Context { get; }

    public sealed class ConversionTransforms
    {
        internal ConversionTransforms(MLContext context) => Context = context;

        internal MLContext Context { get; }
    }
}
