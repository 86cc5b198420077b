using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>The models' classes and the label's keys, matched: models count in the order of their training, keys in the order in which values occurred.</summary>
internal sealed class ClassKeys
{
    private readonly int[] _classOfKey;
    private readonly int[] _keyOfClass;

    /// <param name="names">Names in the order of the keys: those of the label, then those of classes that it lacks.</param>
    /// <param name="classOfKey">The models' class of every key, both counted from 0.</param>
    public ClassKeys(IReadOnlyList<string> names, int[] classOfKey)
    {
        Names = names;
        _classOfKey = classOfKey;
        _keyOfClass = new int[classOfKey.Length];
        for (var key = 0; key < classOfKey.Length; key++)
        {
            _keyOfClass[classOfKey[key]] = key;
        }
    }

    public int Count => _classOfKey.Length;

    /// <summary>Names in the order of the keys.</summary>
    public IReadOnlyList<string> Names { get; }

    public int ClassOf(int key) => _classOfKey[key];

    /// <summary>The key of a class; −1 for a number that is none.</summary>
    public int KeyOf(int type) => type >= 0 && type < Count ? _keyOfClass[type] : -1;

    /// <summary>Matches by name, or by position where the classes have no names.</summary>
    /// <param name="label">The label column; null for none.</param>
    /// <param name="count">Classes of the models; null where their output does not tell.</param>
    /// <param name="names">Names of the classes in the models' order; null for none.</param>
    /// <exception cref="ArgumentException">They do not agree; the message says how.</exception>
    public static ClassKeys Of(DataViewSchema.Column? label, int? count, IReadOnlyList<string>? names)
    {
        var keys = label is { } column ? KeysOf(column) : names ?? Positions(count ?? throw new ArgumentException(
            "Without labels and without ClassNames nothing tells how many classes there are; give ClassNames."));
        var classes = names ?? keys;
        if (count is { } found && classes.Count != found)
        {
            throw new ArgumentException(
                $"The models have {found} classes, but {(names is null ? $"label column '{label?.Name}' has" : "ClassNames has")} {classes.Count} ({List(classes)})." +
                (names is null ? " The label must have the models' classes, or ClassNames must name them." : ""));
        }

        if (classes.Distinct().Count() < classes.Count)
        {
            throw new ArgumentException($"A class is named twice: {List(classes)}.");
        }

        if (keys.Except(classes).ToList() is { Count: > 0 } unknown)
        {
            throw new ArgumentException($"ClassNames and the keys of label column '{label?.Name}' disagree: {List(unknown)} not among the names {List(classes)}.");
        }

        string[] all = [.. keys, .. classes.Except(keys)];
        var positions = classes.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i);
        return new ClassKeys(all, Array.ConvertAll(all, name => positions[name]));
    }

    /// <summary>For every key of another column, counted from 0, the key here; −1 for a value that is not known.</summary>
    public static int[] Match(IReadOnlyList<string> names, DataViewSchema.Column other)
    {
        var positions = names.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i);
        return KeysOf(other).Select(name => positions.GetValueOrDefault(name, -1)).ToArray();
    }

    /// <summary>The values of a column's keys as texts; their numbers where they have none.</summary>
    /// <exception cref="ArgumentException">The column is no vector of keys.</exception>
    public static IReadOnlyList<string> KeysOf(DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType { ItemType: KeyDataViewType key } || key.RawType != typeof(uint))
        {
            throw new ArgumentException(
                $"Column '{column.Name}' is {column.Type}; expected a vector of keys of UInt32. Append Conversion.MapValueToKey before the router.");
        }

        if (column.Annotations.Schema.GetColumnOrNull(Annotations.KeyValues)?.Type is VectorDataViewType { ItemType: TextDataViewType })
        {
            return Annotations.Read<VBuffer<ReadOnlyMemory<char>>>(column, Annotations.KeyValues).DenseValues().Select(v => v.ToString()).ToArray();
        }

        return Positions((int)key.Count);
    }

    private static IReadOnlyList<string> Positions(int count) => Enumerable.Range(0, count).Select(i => $"{i}").ToArray();

    private static string List(IReadOnlyList<string> names) =>
        names.Count <= 40 ? string.Join(", ", names) : string.Join(", ", names.Take(40)) + $", … ({names.Count} in all)";
}
