using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Reads the class of a row, and the teacher's where it is a column: as the models count them, −1 where there is none.</summary>
internal sealed class LabelReader : TargetReader
{
    private readonly ClassificationTask _task;
    private readonly ClassMap _classes;
    private readonly Func<int>? _label;
    private readonly Func<int>? _teacher;

    public LabelReader(ClassificationTask task, ClassMap classes, DataViewRow row)
    {
        _task = task;
        _classes = classes;
        _label = row.Schema.GetColumnOrNull(task.LabelColumnName) is { } label ? KeyGetter(row, label, classes) : null;
        _teacher = task.Teacher?.Bind(row.Schema) is { } teacher ? KeyGetter(row, teacher, classes) : null;
    }

    public override void Read(Span<float> target, Func<string> describeRow)
    {
        target[0] = Class(_label, _task.LabelColumnName, _task.Teacher is null, describeRow);
        if (_teacher is not null)
        {
            target[1] = Class(_teacher, _task.Teacher!.ColumnName!, true, describeRow);
        }
    }

    /// <summary>Keys as the router counts them.</summary>
    private static Func<int> KeyGetter(DataViewRow row, DataViewSchema.Column column, ClassMap classes)
    {
        var key = KeyColumn.CreateGetter(row, column);
        return ClassMap.MatchKeys(classes.Names, column) is { } keys ? () => key() is >= 0 and var k && k < keys.Length ? keys[k] : -1 : key;
    }

    private int Class(Func<int>? getter, string column, bool isNeeded, Func<string> describeRow)
    {
        var key = getter?.Invoke() ?? -1;
        return key >= 0 && key < _classes.Count ? _classes.ClassOfKey(key)
            : !isNeeded ? -1
            : throw new InvalidOperationException($"{describeRow()}: column '{column}' is missing or none of the {_classes.Count} classes.");
    }
}
