using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Training.Tool.Commands;

/// <summary>The size that a file says its model takes.</summary>
internal static class ModelSize
{
    /// <summary>Height and width of the only input; null where they are free, or it is no image.</summary>
    /// <exception cref="DataException">There is no such file, or it is no model.</exception>
    public static (int Height, int Width)? Of(string file)
    {
        if (!File.Exists(file))
        {
            throw new DataException($"ONNX model '{file}' not found.");
        }

        try
        {
            using InferenceSession session = new(file);
            int[] shape = session.InputMetadata.Count == 1 ? session.InputMetadata.Values.First().Dimensions : [];
            return shape switch
            {
                [_, 3, > 0 and var height, > 0 and var width] => (height, width),
                [_, > 0 and var height, > 0 and var width, 3] => (height, width),
                _ => null,
            };
        }
        catch (OnnxRuntimeException e)
        {
            throw new DataException($"'{file}' is not a readable ONNX model: {e.Message}");
        }
    }
}
