using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>How the members of a user's class become columns; created from the class and its attributes, then open to change.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    public Column this[string columnName]
    {
        get => this[IndexOf(columnName)];
        set => this[IndexOf(columnName)] = value;
    }

    private int IndexOf(string columnName)
    {
        int index = FindIndex(c => c.ColumnName == columnName);
        return index >= 0 ? index : throw new ArgumentOutOfRangeException(nameof(columnName), $"Column '{columnName}' not found.");
    }

    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        ArgumentNullException.ThrowIfNull(userType);
        var result = new SchemaDefinition();
        var names = new HashSet<string>();
        foreach (MemberInfo member in MembersOf(userType, direction))
        {
            if (member.GetCustomAttribute<NoColumnAttribute>() != null)
                continue;
            string name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;
            if (!names.Add(name))
                throw new ArgumentOutOfRangeException(nameof(userType), $"Duplicate column name '{name}' in {userType}.");
            result.Add(new Column(member, name, TypeOf(member)));
        }

        return result;
    }

    private static IEnumerable<MemberInfo> MembersOf(Type userType, Direction direction)
    {
        foreach (FieldInfo field in userType.GetFields(BindingFlags.Public | BindingFlags.Instance))
            yield return field;
        foreach (PropertyInfo property in userType.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            bool read = direction.HasFlag(Direction.Read) && property.GetGetMethod() != null;
            bool write = direction.HasFlag(Direction.Write) && property.GetSetMethod() != null;
            if ((read || write) && property.GetIndexParameters().Length == 0)
                yield return property;
        }
    }

    internal static Type RawTypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    private static DataViewType TypeOf(MemberInfo member)
    {
        Type raw = RawTypeOf(member);
        if (DataViewTypeManager.Find(raw, member) is { } registered)
            return registered;
        Type? item = raw.IsArray
            ? raw.GetElementType()
            : raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>) ? raw.GetGenericArguments()[0] : null;
        PrimitiveDataViewType itemType = DataViewTypeExtensions.PrimitiveOf(item ?? raw)
            ?? throw new ArgumentOutOfRangeException(
                "userType", $"Could not determine an IDataView type for member '{member.Name}' of type {raw}.");
        if (member.GetCustomAttribute<KeyTypeAttribute>() is { } key)
        {
            if (!KeyDataViewType.IsValidDataType(itemType.RawType))
                throw new ArgumentOutOfRangeException(
                    "userType", $"Member '{member.Name}' marked with KeyType is a {itemType}, not an unsigned integer.");
            itemType = new KeyDataViewType(itemType.RawType, key.Count ?? KeyDataViewType.MaxOf(itemType.RawType));
        }

        int[]? dimensions = member.GetCustomAttribute<VectorTypeAttribute>()?.Dimensions;
        if (item == null)
            return itemType;
        return dimensions is { Length: > 0 } ? new VectorDataViewType(itemType, dimensions) : new VectorDataViewType(itemType);
    }

    [Flags]
    public enum Direction
    {
        Read = 1,
        Write = 2,
        Both = Read | Write,
    }

    public sealed class Column
    {
        private readonly DataViewSchema.Annotations.Builder _annotations = new();

        internal Column(MemberInfo member, string columnName, DataViewType columnType)
        {
            Member = member;
            ColumnName = columnName;
            ColumnType = columnType;
        }

        public string MemberName => Member.Name;

        public string ColumnName { get; set; }

        public DataViewType ColumnType { get; set; }

        public DataViewSchema.Annotations Annotations => _annotations.ToAnnotations();

        internal MemberInfo Member { get; }

        internal Type MemberType => RawTypeOf(Member);

        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType)
        {
            if (annotationType is VectorDataViewType vector && typeof(T).IsArray)
            {
                Delegate getter = Generic.Call<Delegate>(typeof(Column), nameof(ArrayGetter), [vector.ItemType.RawType], value);
                _annotations.Add(kind, annotationType, getter);
            }
            else if (typeof(T) == typeof(string))
            {
                ReadOnlyMemory<char> text = ((string)(object)value!).AsMemory();
                _annotations.Add(kind, annotationType, (ref ReadOnlyMemory<char> dst) => dst = text);
            }
            else
            {
                _annotations.Add(kind, annotationType, (ref T dst) => dst = value);
            }
        }

        internal void AddAnnotations(DataViewSchema.Annotations annotations) => _annotations.Add(annotations, _ => true);

        private static Delegate ArrayGetter<TItem>(object value)
        {
            TItem[] items = value as TItem[] ?? (TItem[])(object)((string[])value).Select(s => s.AsMemory()).ToArray();
            return (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> dst) => VBuffer<TItem>.Copy(items, 0, ref dst, items.Length));
        }
    }
}
