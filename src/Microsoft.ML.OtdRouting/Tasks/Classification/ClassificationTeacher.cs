using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// What takes the place of labels that are missing: a class for every fitting image, to which ensembles are calibrated and against which losses
/// are counted.
/// </summary>
public sealed class ClassificationTeacher
{
    /// <summary>Power of the cost by which <see cref="Weighted"/> weighs a resolution.</summary>
    internal const double CostExponent = 1.5;

    private ClassificationTeacher(ClassificationTeacherKind kind, string? columnName = null)
    {
        Kind = kind;
        ColumnName = columnName;
    }

    /// <summary>
    /// The class that all resolutions find most probable together, the more a resolution costs the more it counts: the mean of their probabilities,
    /// weighted by cost to the power of 1.5. The teacher to begin with: on the families of models it was measured on it is right more often than
    /// either the most expensive resolution or the plain mean; where the most expensive one is by far the best, <see cref="Largest"/> is its equal.
    /// </summary>
    public static ClassificationTeacher Weighted { get; } = new(ClassificationTeacherKind.Weighted);

    /// <summary>The class that the most expensive resolution finds most probable.</summary>
    public static ClassificationTeacher Largest { get; } = new(ClassificationTeacherKind.Largest);

    /// <summary>The class that all resolutions find most probable together, each counting the same: the mean of their probabilities.</summary>
    public static ClassificationTeacher Mean { get; } = new(ClassificationTeacherKind.Mean);

    /// <summary>Which kind of teacher this is.</summary>
    internal ClassificationTeacherKind Kind { get; }

    /// <summary>The column with the teacher's classes; null for teachers that are made of the resolutions.</summary>
    internal string? ColumnName { get; }

    /// <summary>The predictions of a teacher of the user's, such as a larger model: a column of keys whose values are those of the labels' keys.</summary>
    /// <param name="name">Name of the column.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static ClassificationTeacher Column(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new ClassificationTeacher(ClassificationTeacherKind.Column, name);
    }

    /// <inheritdoc/>
    public override string ToString() => ColumnName is null ? $"{Kind}" : $"{Kind} '{ColumnName}'";

    /// <summary>Finds and checks the teacher's column, if it has one.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is not of key type.</exception>
    internal DataViewSchema.Column? Bind(DataViewSchema schema) => ColumnName is null ? null : KeyColumn.Bind(schema, ColumnName, "teacher's column");

    /// <summary>The teacher that was saved.</summary>
    internal static ClassificationTeacher Of(ClassificationTeacherKind kind, string columnName) => new(kind, columnName.Length == 0 ? null : columnName);
}

/// <summary>Kinds of teachers.</summary>
internal enum ClassificationTeacherKind
{
    Weighted,
    Largest,
    Mean,
    Column,
}
