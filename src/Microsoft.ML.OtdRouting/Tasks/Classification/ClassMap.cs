using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// The model's classes and the label's keys, matched. The model counts its classes in the order it was trained with; ML.NET counts keys
/// in the order in which values occurred.
/// </summary>
internal sealed class ClassMap
{
    /// <summary>What to do about one output too many.</summary>
    public const string BackgroundHint =
        "If one output is a background, which is no class, set Background to its index, 0 as a rule (otd: --background).";

    private readonly int[] _classOfKey;

    /// <param name="names">Names in the order of the keys: those of the label, then those of classes that the label lacks.</param>
    /// <param name="classOfKey">The model's class of every key, both counted from 0.</param>
    public ClassMap(IReadOnlyList<string> names, int[] classOfKey)
    {
        Names = names;
        _classOfKey = classOfKey;
    }

    /// <summary>Number of classes.</summary>
    public int Count => _classOfKey.Length;

    /// <summary>
    /// Names in the order of the keys: those of the label, then, in the models' order, those of classes that the label lacks. So the label's keys
    /// keep their numbers.
    /// </summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether classes and keys are in the same order.</summary>
    public bool IsIdentity => _classOfKey.Select((c, k) => c == k).All(same => same);

    /// <summary>The model's class of a key, both counted from 0.</summary>
    public int ClassOfKey(int key) => _classOfKey[key];

    /// <summary>The same keys with their classes in another order.</summary>
    /// <param name="classOf">For every class so far, the class that it is.</param>
    public ClassMap Reorder(IReadOnlyList<int> classOf) => new(Names, Array.ConvertAll(_classOfKey, c => classOf[c]));

    /// <summary>Reorders one number a class from the model's order into the order of the keys.</summary>
    public void ToKeyOrder(ReadOnlySpan<float> byClass, Span<float> byKey)
    {
        for (var key = 0; key < _classOfKey.Length; key++)
        {
            byKey[key] = byClass[_classOfKey[key]];
        }
    }

    /// <summary>Matches by name, or by position where the classes have no names.</summary>
    /// <param name="label">The label column, of key type.</param>
    /// <param name="classCount">Length of the models' output.</param>
    /// <param name="classNames">The classes in the models' order; null to take the label's keys in their order.</param>
    /// <exception cref="ArgumentException">Names and keys do not agree; the message lists both.</exception>
    public static ClassMap Match(DataViewSchema.Column label, int classCount, IReadOnlyList<string>? classNames) =>
        Match(
            KeyNames(label) ?? Positions((int)((KeyDataViewType)label.Type).Count), $"label column '{label.Name}'", classCount, classNames);

    /// <inheritdoc cref="Match(DataViewSchema.Column, int, IReadOnlyList{string}?)"/>
    /// <param name="keys">Names in the order of the keys.</param>
    /// <param name="source">Where the keys come from, for messages.</param>
    /// <param name="classCount">Length of the models' output.</param>
    /// <param name="classNames">The classes in the models' order; null to take the keys in their order.</param>
    public static ClassMap Match(IReadOnlyList<string> keys, string source, int classCount, IReadOnlyList<string>? classNames)
    {
        if (classNames is null)
        {
            return keys.Count == classCount
                ? new ClassMap(keys, Enumerable.Range(0, classCount).ToArray())
                : throw new ArgumentException(
                    $"The models have {classCount} classes, but {source} has {keys.Count} keys ({List(keys)}). The " +
                    $"label must have the models' classes; give their names with ClassNames.{Hint(classCount, keys.Count)}");
        }

        if (classNames.Count != classCount)
        {
            throw new ArgumentException($"ClassNames has {classNames.Count} names ({List(classNames)}), but the models have {classCount} classes.{Hint(classCount, classNames.Count)}");
        }

        var position = new Dictionary<string, int>();
        for (var i = 0; i < classNames.Count; i++)
        {
            if (!position.TryAdd(classNames[i], i))
            {
                throw new ArgumentException($"ClassNames holds '{classNames[i]}' twice.");
            }
        }

        if (keys.Where(k => !position.ContainsKey(k)).ToList() is { Count: > 0 } unknown)
        {
            throw new ArgumentException(
                $"ClassNames and the keys of {source} disagree: {List(unknown)} {(unknown.Count == 1 ? "is" : "are")} not among the names. " +
                $"ClassNames: {List(classNames)}. Keys: {List(keys)}.");
        }

        string[] names = [.. keys, .. classNames.Except(keys)];
        return names.Length == classCount
            ? new ClassMap(names, names.Select(k => position[k]).ToArray())
            : throw new ArgumentException($"{source} has a key twice. Keys: {List(keys)}.");
    }

    /// <summary>
    /// Matches the keys of another column with keys that have these names: by value where both have values, since every MapValueToKey counts
    /// in an order of its own, and by position otherwise.
    /// </summary>
    /// <param name="names">Names of the keys that the router knows, in their order.</param>
    /// <param name="column">The other column, of key type.</param>
    /// <returns>For every key of the column, counted from 0, the router's key, or −1 for a value that the router does not know; null for the same keys.</returns>
    /// <exception cref="ArgumentException">Both have values and none is the same; the message lists both.</exception>
    public static int[]? MatchKeys(IReadOnlyList<string> names, DataViewSchema.Column column)
    {
        if (KeyNames(column) is not { } keys || keys.SequenceEqual(names))
        {
            return null;
        }

        var position = new Dictionary<string, int>();
        for (var i = 0; i < names.Count; i++)
        {
            position.TryAdd(names[i], i);
        }

        var known = keys.Count(position.ContainsKey);
        if (known < keys.Count && names.SequenceEqual(Positions(names.Count)))
        {
            // The router's keys have no values: these names are positions.
            return null;
        }

        return known > 0
            ? keys.Select(k => position.GetValueOrDefault(k, -1)).ToArray()
            : throw new ArgumentException($"Column '{column.Name}' has other classes than the router. The router's: {List(names)}. Keys: {List(keys)}.");
    }

    /// <summary>What keys without values are called.</summary>
    public static string[] Positions(int count) => Enumerable.Range(0, count).Select(i => $"{i}").ToArray();

    /// <summary>The values of a column's keys, as text; null where they have none.</summary>
    public static IReadOnlyList<string>? KeyNames(DataViewSchema.Column label)
    {
        var values = label.Annotations.Schema.GetColumnOrNull(Annotations.KeyValues)?.Type as VectorDataViewType;
        return values?.ItemType.RawType switch
        {
            { } t when t == typeof(ReadOnlyMemory<char>) => Texts<ReadOnlyMemory<char>>(label),
            { } t when t == typeof(int) => Texts<int>(label),
            { } t when t == typeof(long) => Texts<long>(label),
            { } t when t == typeof(uint) => Texts<uint>(label),
            { } t when t == typeof(byte) => Texts<byte>(label),
            { } t when t == typeof(float) => Texts<float>(label),
            { } t when t == typeof(double) => Texts<double>(label),
            { } t when t == typeof(bool) => Texts<bool>(label),
            _ => null,
        };
    }

    private static IReadOnlyList<string> Texts<T>(DataViewSchema.Column label)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return values.DenseValues().Select(v => string.Create(CultureInfo.InvariantCulture, $"{v}")).ToArray();
    }

    private static string Hint(int outputs, int classes) => outputs == classes + 1 ? $" {BackgroundHint}" : "";

    private static string List(IReadOnlyList<string> names) =>
        names.Count <= 40 ? string.Join(", ", names) : string.Join(", ", names.Take(40)) + $", … ({names.Count} in all)";
}
