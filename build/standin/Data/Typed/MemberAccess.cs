using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Compiled access to the members of a user's class, and the conversion between members and column values.</summary>
internal static class MemberAccess
{
    public static Func<TRow, TMember> Reader<TRow, TMember>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TMember>>(Expression.MakeMemberAccess(row, member), row).Compile();
    }

    public static Action<TRow, TMember> Writer<TRow, TMember>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        ParameterExpression value = Expression.Parameter(typeof(TMember));
        return Expression.Lambda<Action<TRow, TMember>>(
            Expression.Assign(Expression.MakeMemberAccess(row, member), value), row, value).Compile();
    }

    /// <summary>The raw column type that values of a member's type have.</summary>
    public static Type ColumnRawType(Type member)
    {
        if (member == typeof(string))
            return typeof(ReadOnlyMemory<char>);
        if (member.IsArray)
            return typeof(VBuffer<>).MakeGenericType(ColumnRawType(member.GetElementType()!));
        return member;
    }

    /// <summary>A getter of the column's raw type that reads a member of the current object.</summary>
    public static Delegate GetterOf<TRow>(SchemaDefinition.Column column, Func<TRow> current)
    {
        Type member = column.MemberType;
        if (member == typeof(string))
        {
            Func<TRow, string?> text = Reader<TRow, string?>(column.Member);
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> dst) => dst = text(current()).AsMemory());
        }

        if (member == typeof(string[]))
        {
            Func<TRow, string?[]?> texts = Reader<TRow, string?[]?>(column.Member);
            return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> dst) =>
            {
                string?[] source = texts(current()) ?? [];
                VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref dst, source.Length);
                for (int i = 0; i < source.Length; i++)
                    editor.Values[i] = source[i].AsMemory();
                dst = editor.Commit();
            });
        }

        if (column.ColumnType is StructuredDataViewType and not VectorDataViewType && !DataViewTypeManager.Knows(column.ColumnType))
            throw new NotSupportedException($"Column '{column.ColumnName}' has the type {column.ColumnType}, which is not registered.");
        if (column.ColumnType is KeyDataViewType key)
            return Generic.Call<Delegate>(typeof(MemberAccess), nameof(KeyGetter), [typeof(TRow), member], column, current, key.Count);

        int size = column.ColumnType is VectorDataViewType vector ? vector.Size : 0;
        if (member.IsArray)
            return Generic.Call<Delegate>(
                typeof(MemberAccess), nameof(ArrayGetter), [typeof(TRow), member.GetElementType()!], column, current, size);
        if (column.ColumnType is VectorDataViewType)
            return Generic.Call<Delegate>(
                typeof(MemberAccess), nameof(BufferGetter), [typeof(TRow), member.GetGenericArguments()[0]], column, current, size);
        return Generic.Call<Delegate>(typeof(MemberAccess), nameof(DirectGetter), [typeof(TRow), member], column, current);
    }

    private static Delegate DirectGetter<TRow, TMember>(SchemaDefinition.Column column, Func<TRow> current)
    {
        Func<TRow, TMember> read = Reader<TRow, TMember>(column.Member);
        return (ValueGetter<TMember>)((ref TMember dst) => dst = read(current()));
    }

    /// <summary>Members count keys from 0, columns from 1: there 0 is the missing key, which every member beyond the last key becomes.</summary>
    private static Delegate KeyGetter<TRow, TMember>(SchemaDefinition.Column column, Func<TRow> current, ulong count)
        where TMember : IConvertible
    {
        if (typeof(TMember) == typeof(ushort))
            throw new InvalidOperationException($"Keys of column '{column.ColumnName}' cannot be read from a member of type {typeof(TMember)}.");
        Func<TRow, TMember> read = Reader<TRow, TMember>(column.Member);
        return (ValueGetter<TMember>)((ref TMember dst) =>
        {
            ulong index = read(current()).ToUInt64(null);
            dst = (TMember)Convert.ChangeType(index < count ? index + 1 : 0, typeof(TMember));
        });
    }

    private static Delegate ArrayGetter<TRow, TItem>(SchemaDefinition.Column column, Func<TRow> current, int size)
    {
        Func<TRow, TItem[]?> read = Reader<TRow, TItem[]?>(column.Member);
        return (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> dst) =>
        {
            TItem[] source = read(current()) ?? [];
            CheckLength(column, size, source.Length);
            VBuffer<TItem>.Copy(source, 0, ref dst, source.Length);
        });
    }

    private static Delegate BufferGetter<TRow, TItem>(SchemaDefinition.Column column, Func<TRow> current, int size)
    {
        Func<TRow, VBuffer<TItem>> read = Reader<TRow, VBuffer<TItem>>(column.Member);
        return (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> dst) =>
        {
            VBuffer<TItem> source = read(current());
            CheckLength(column, size, source.Length);
            source.CopyTo(ref dst);
        });
    }

    private static void CheckLength(SchemaDefinition.Column column, int size, int length)
    {
        if (size > 0 && length != 0 && length != size)
            throw new InvalidOperationException(
                $"Input vector of column '{column.ColumnName}' has length {length}, its type {column.ColumnType} says {size}.");
    }

    /// <summary>An action that copies a column of the row into a member of an object.</summary>
    public static Action<TRow> SetterOf<TRow>(DataViewRow row, DataViewSchema.Column column, MemberInfo member)
    {
        Type type = SchemaDefinition.RawTypeOf(member);
        if (type == typeof(string))
        {
            ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
            Action<TRow, string> write = Writer<TRow, string>(member);
            return target =>
            {
                ReadOnlyMemory<char> value = default;
                getter(ref value);
                write(target, value.ToString());
            };
        }

        if (type == typeof(string[]))
        {
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            Action<TRow, string[]> write = Writer<TRow, string[]>(member);
            VBuffer<ReadOnlyMemory<char>> buffer = default;
            return target =>
            {
                getter(ref buffer);
                write(target, [.. buffer.DenseValues().Select(v => v.ToString())]);
            };
        }

        if (type.IsArray)
            return Generic.Call<Action<TRow>>(
                typeof(MemberAccess), nameof(ArraySetter), [typeof(TRow), type.GetElementType()!], row, column, member);
        if (column.Type is VectorDataViewType)
            return Generic.Call<Action<TRow>>(
                typeof(MemberAccess), nameof(BufferSetter), [typeof(TRow), type.GetGenericArguments()[0]], row, column, member);
        return Generic.Call<Action<TRow>>(typeof(MemberAccess), nameof(DirectSetter), [typeof(TRow), type], row, column, member);
    }

    private static Action<TRow> DirectSetter<TRow, TMember>(DataViewRow row, DataViewSchema.Column column, MemberInfo member)
    {
        ValueGetter<TMember> getter = row.GetGetter<TMember>(column);
        Action<TRow, TMember> write = Writer<TRow, TMember>(member);
        return target =>
        {
            TMember value = default!;
            getter(ref value);
            write(target, value);
        };
    }

    private static Action<TRow> ArraySetter<TRow, TItem>(DataViewRow row, DataViewSchema.Column column, MemberInfo member)
    {
        ValueGetter<VBuffer<TItem>> getter = row.GetGetter<VBuffer<TItem>>(column);
        Func<TRow, TItem[]?> read = Reader<TRow, TItem[]?>(member);
        Action<TRow, TItem[]> write = Writer<TRow, TItem[]>(member);
        VBuffer<TItem> buffer = default;
        return target =>
        {
            getter(ref buffer);
            TItem[]? array = read(target);
            if (array == null || array.Length != buffer.Length)
                array = new TItem[buffer.Length];
            buffer.CopyTo(array);
            write(target, array);
        };
    }

    private static Action<TRow> BufferSetter<TRow, TItem>(DataViewRow row, DataViewSchema.Column column, MemberInfo member)
    {
        ValueGetter<VBuffer<TItem>> getter = row.GetGetter<VBuffer<TItem>>(column);
        Func<TRow, VBuffer<TItem>> read = Reader<TRow, VBuffer<TItem>>(member);
        Action<TRow, VBuffer<TItem>> write = Writer<TRow, VBuffer<TItem>>(member);
        return target =>
        {
            VBuffer<TItem> value = read(target);
            getter(ref value);
            write(target, value);
        };
    }
}
