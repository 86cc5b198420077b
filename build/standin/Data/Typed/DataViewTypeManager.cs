using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>
/// Which column type a .NET type (with its attribute) stands for. Registering the same pair again is allowed; giving a registered
/// side another partner is not.
/// </summary>
public static class DataViewTypeManager
{
    private static readonly object Sync = new();
    private static readonly Dictionary<(Type Type, DataViewTypeAttribute? Attribute), DataViewType> Types = [];
    private static readonly Dictionary<DataViewType, (Type Type, DataViewTypeAttribute? Attribute)> Owners = [];

    public static void Register(DataViewType dataViewType, Type type, IEnumerable<Attribute> typeAttributes)
    {
        ArgumentNullException.ThrowIfNull(typeAttributes);
        DataViewTypeAttribute[] own = [.. typeAttributes.OfType<DataViewTypeAttribute>()];
        if (own.Length > 1)
            throw new ArgumentException($"At most one attribute can derive from {nameof(DataViewTypeAttribute)}.", nameof(typeAttributes));
        Register(dataViewType, type, own.FirstOrDefault());
    }

    public static void Register(DataViewType dataViewType, Type type, DataViewTypeAttribute? typeAttribute = null)
    {
        ArgumentNullException.ThrowIfNull(dataViewType);
        ArgumentNullException.ThrowIfNull(type);
        if (dataViewType.RawType != type)
            throw new ArgumentException($"{dataViewType} holds {dataViewType.RawType}, not {type}.", nameof(type));
        lock (Sync)
        {
            var key = (type, typeAttribute);
            if (Types.TryGetValue(key, out DataViewType? known) && !known.Equals(dataViewType))
                throw new ArgumentOutOfRangeException(
                    nameof(type), $"Repeated type register. {type} is registered as {known} and cannot also be {dataViewType}.");
            if (Owners.TryGetValue(dataViewType, out var owner) && !owner.Equals(key))
                throw new ArgumentOutOfRangeException(
                    nameof(dataViewType), $"Repeated type register. {dataViewType} is registered for {owner.Type} with other attributes.");
            Types[key] = dataViewType;
            Owners[dataViewType] = key;
        }
    }

    internal static bool Knows(DataViewType dataViewType)
    {
        lock (Sync)
            return Owners.ContainsKey(dataViewType);
    }

    internal static DataViewType? Find(Type type, MemberInfo? member)
    {
        DataViewTypeAttribute? attribute = member?.GetCustomAttribute<DataViewTypeAttribute>();
        attribute?.Register();
        lock (Sync)
            return Types.GetValueOrDefault((type, attribute));
    }
}
