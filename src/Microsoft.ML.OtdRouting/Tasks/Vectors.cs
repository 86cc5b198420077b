using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>Hands vectors to ML.NET.</summary>
internal static class Vectors
{
    /// <summary>Copies floats into a buffer of the consumer's.</summary>
    public static void Copy(ReadOnlySpan<float> source, ref VBuffer<float> target)
    {
        var editor = VBufferEditor.Create(ref target, source.Length);
        source.CopyTo(editor.Values);
        target = editor.Commit();
    }
}
