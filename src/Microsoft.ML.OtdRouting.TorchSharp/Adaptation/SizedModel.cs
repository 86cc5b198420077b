using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>A model at another size of its input.</summary>
internal static class SizedModel
{
    /// <summary>A copy that declares its input in the size of a resolution. What else is declared of shapes inside goes, since it is that of another size.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="inputName">Name of the image input.</param>
    /// <param name="resolution">The size, and where the model has its channels.</param>
    public static ModelProto At(ModelProto model, string inputName, Resolution resolution)
    {
        var copy = model.Clone();
        copy.Graph.ValueInfo.Clear();
        var shape = copy.Graph.Input.First(i => i.Name == inputName).Type.TensorType.Shape;
        var first = resolution.Preprocessing.Layout == PixelLayout.Planar ? 2 : 1;
        shape.Dim[first] = new TensorShapeProto.Types.Dimension { DimValue = resolution.Height };
        shape.Dim[first + 1] = new TensorShapeProto.Types.Dimension { DimValue = resolution.Width };
        return copy;
    }

    /// <summary>The resolution with the model from memory in place of that of its file.</summary>
    public static Resolution InMemory(Resolution resolution, ModelProto model)
    {
        var bytes = model.ToByteArray();
        return new Resolution(resolution.ModelFile, resolution.Height, resolution.Width)
        {
            Preprocessing = resolution.Preprocessing,
            InputName = resolution.InputName,
            OutputName = resolution.OutputName,
            EmbeddingName = resolution.EmbeddingName,
            OutputKind = resolution.OutputKind,
            Embedded = new EmbeddedModel(bytes, OnnxModelFile.Sha256(bytes)),
        };
    }
}
