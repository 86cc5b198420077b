using Microsoft.ML.OtdRouting.Persistence;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>
/// Saved models as ML.NET alone loads them, without this package's way, but with session options that live while it opens its models: it lets them go, and a collection in
/// that moment ends the process (<see cref="LastingSessionOptions"/>). In a program that is rare; many tests at once collect all the time.
/// </summary>
internal static class PlainModel
{
    public static ITransformer Load(MLContext context, string file, out DataViewSchema schema)
    {
        using var stream = File.OpenRead(file);
        return Load(context, stream, out schema);
    }

    public static ITransformer Load(MLContext context, Stream stream, out DataViewSchema schema)
    {
        using var lasting = LastingSessionOptions.In(context);
        return context.Model.Load(stream, out schema);
    }
}
