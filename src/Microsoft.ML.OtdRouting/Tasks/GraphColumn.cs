using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>A column of a task, as a value of an exported graph.</summary>
/// <param name="Name">Name of the column.</param>
/// <param name="Value">The value in the graph.</param>
/// <param name="Type">Its type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="KeyValues">
/// For a column of keys, the texts that they stand for, in their order: the value holds such texts, which ML.NET turns into keys. Null for others.
/// </param>
internal sealed record GraphColumn(string Name, string Value, DataType Type, long[] Shape, IReadOnlyList<string>? KeyValues);
