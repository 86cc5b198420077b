using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Reads the objects of a row: their number, or −1 where that is not known, then box, class and kind of each.</summary>
internal sealed class ObjectReader : TargetReader
{
    /// <summary>Floats of an object.</summary>
    public const int ObjectLength = 6;

    private readonly DetectionTask _task;
    private readonly Func<int, int> _classOf;
    private readonly ValueGetter<VBuffer<uint>>? _label;
    private readonly ValueGetter<VBuffer<float>>? _boxes;
    private readonly ValueGetter<VBuffer<float>>? _ignored;
    private VBuffer<uint> _labels;
    private VBuffer<float> _corners;
    private VBuffer<float> _kinds;

    /// <param name="task">Names of the columns.</param>
    /// <param name="classOf">The class of a key, both counted from 0; −1 for an unknown one.</param>
    /// <param name="row">The row.</param>
    public ObjectReader(DetectionTask task, Func<int, int> classOf, DataViewRow row)
    {
        (_task, _classOf) = (task, classOf);
        if (Columns(task, row.Schema) is { Count: > 0 } columns)
        {
            _label = row.GetGetter<VBuffer<uint>>(columns[0]);
            _boxes = row.GetGetter<VBuffer<float>>(columns[1]);
            _ignored = columns.Count > 2 ? row.GetGetter<VBuffer<float>>(columns[2]) : null;
        }
    }

    /// <summary>The columns with the objects: labels, boxes and, where it is asked for, kinds. None where there are no labels.</summary>
    /// <exception cref="ArgumentException">One is missing or of the wrong type.</exception>
    public static IReadOnlyList<DataViewSchema.Column> Columns(DetectionTask task, DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(task.LabelColumnName) is not { } label)
        {
            return [];
        }

        ClassKeys.KeysOf(label);
        var boxes = Floats(schema, task.BoundingBoxColumnName);
        return task.IgnoredColumnName is { } ignored ? [label, boxes, Floats(schema, ignored)] : [label, boxes];
    }

    public override void Read(Span<float> target, Func<string> describeRow)
    {
        if (_label is null)
        {
            target[0] = -1;
            return;
        }

        _label(ref _labels);
        _boxes!(ref _corners);
        _ignored?.Invoke(ref _kinds);
        var count = _labels.Length;
        Require(_corners.Length == 4 * count, describeRow, _task.BoundingBoxColumnName, $"has {_corners.Length} numbers for {count} objects; four of each are expected");
        Require(_ignored is null || _kinds.Length == count, describeRow, _task.IgnoredColumnName!, $"has {_kinds.Length} numbers for {count} objects");
        Require(count <= _task.MaxObjects, describeRow, _task.LabelColumnName, $"has {count} objects; {nameof(DetectionTask.MaxObjects)} is {_task.MaxObjects}");
        target[0] = count;
        for (var i = 0; i < count; i++)
        {
            var one = target.Slice(1 + (i * ObjectLength), ObjectLength);
            for (var k = 0; k < 4; k++)
            {
                one[k] = _corners.GetItemOrDefault((4 * i) + k);
            }

            Require(
                float.IsFinite(one[0]) && float.IsFinite(one[1]) && float.IsFinite(one[2]) && float.IsFinite(one[3]), describeRow, _task.BoundingBoxColumnName,
                $"has the box [{string.Join(", ", one[..4].ToArray())}] at place {i}; finite numbers are expected");
            var (key, kind) = ((int)_labels.GetItemOrDefault(i) - 1, _ignored is null ? 0 : _kinds.GetItemOrDefault(i));
            Require(key >= 0 && _classOf(key) >= 0, describeRow, _task.LabelColumnName, $"has no known class at place {i}");
            Require(kind is 0 or 1 or 2, describeRow, _task.IgnoredColumnName ?? "", $"has {kind} at place {i}; expected 0, 1 or 2");
            (one[4], one[5]) = (_classOf(key), kind);
        }
    }

    /// <summary>The objects that <see cref="Read"/> has read; those without area are none. Null where they are not known.</summary>
    public static List<TrueObject>? Objects(ReadOnlySpan<float> target)
    {
        if (target[0] < 0)
        {
            return null;
        }

        var objects = new List<TrueObject>((int)target[0]);
        for (var i = 0; i < (int)target[0]; i++)
        {
            var one = target.Slice(1 + (i * ObjectLength), ObjectLength);
            var box = new Box(one[0], one[1], one[2], one[3]);
            if (box.Area > 0)
            {
                objects.Add(new TrueObject(box, (int)one[4], (TrueObjectKind)(int)one[5]));
            }
        }

        return objects;
    }

    private static DataViewSchema.Column Floats(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no column '{name}' with what belongs to the objects; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
        return column.Type is VectorDataViewType { ItemType: NumberDataViewType item } && item.RawType == typeof(float)
            ? column
            : throw new ArgumentException($"Column '{name}' is {column.Type}; expected a vector of {NumberDataViewType.Single}.");
    }

    private static void Require(bool holds, Func<string> describeRow, string column, string problem)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{describeRow()}: column '{column}' {problem}.");
        }
    }
}
