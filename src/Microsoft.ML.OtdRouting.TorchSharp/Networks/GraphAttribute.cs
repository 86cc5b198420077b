using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using static Microsoft.ML.OtdRouting.Models.AttributeProto.Types;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>An attribute of an ONNX node.</summary>
public sealed class GraphAttribute
{
    /// <summary>A whole number.</summary>
    /// <param name="name">Name of the attribute, as the operator has it.</param>
    /// <param name="value">Its value.</param>
    public GraphAttribute(string name, long value) => Proto = new AttributeProto { Name = name, Type = AttributeType.Int, I = value };

    /// <summary>Whole numbers.</summary>
    /// <param name="name">Name of the attribute, as the operator has it.</param>
    /// <param name="values">Its values.</param>
    public GraphAttribute(string name, IEnumerable<long> values)
    {
        Proto = new AttributeProto { Name = name, Type = AttributeType.Ints };
        Proto.Ints.AddRange(values);
    }

    /// <summary>A number.</summary>
    /// <param name="name">Name of the attribute, as the operator has it.</param>
    /// <param name="value">Its value.</param>
    public GraphAttribute(string name, float value) => Proto = new AttributeProto { Name = name, Type = AttributeType.Float, F = value };

    /// <summary>A text.</summary>
    /// <param name="name">Name of the attribute, as the operator has it.</param>
    /// <param name="value">Its value.</param>
    public GraphAttribute(string name, string value) =>
        Proto = new AttributeProto { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    internal AttributeProto Proto { get; }
}
