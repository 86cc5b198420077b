using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>The answer of the row that is current when it is asked for. An answer that holds NaN is missing, and so are the values of the columns then.</summary>
internal delegate ReadOnlySpan<float> CurrentAnswer();

/// <summary>A column that a task adds.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Type.</param>
/// <param name="Annotations">Annotations; null for none.</param>
/// <param name="CreateGetter">Makes the typed getter (<see cref="ValueGetter{TValue}"/>) of the column's values.</param>
internal sealed record TaskColumn(
    string Name, DataViewType Type, DataViewSchema.Annotations? Annotations, Func<CurrentAnswer, Delegate> CreateGetter);
