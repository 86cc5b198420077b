using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class DataViewSchema
{
    public sealed class Annotations
    {
        private readonly Delegate[] _getters;

        private Annotations(DataViewSchema schema, Delegate[] getters)
        {
            Schema = schema;
            _getters = getters;
        }

        public static Annotations Empty { get; } = new(new DataViewSchema([]), []);

        public DataViewSchema Schema { get; }

        public ValueGetter<TValue> GetGetter<TValue>(Column column)
        {
            if ((uint)column.Index >= (uint)_getters.Length)
                throw new ArgumentOutOfRangeException(nameof(column));
            return _getters[column.Index] as ValueGetter<TValue>
                ?? throw new InvalidOperationException(
                    $"Invalid TValue '{typeof(TValue)}' for annotation '{column.Name}' of type '{column.Type}'.");
        }

        public void GetValue<TValue>(string kind, ref TValue value)
        {
            Column column = Schema.GetColumnOrNull(kind)
                ?? throw new InvalidOperationException($"Invalid call to '{nameof(GetValue)}': no annotation '{kind}'.");
            GetGetter<TValue>(column)(ref value);
        }

        public override string ToString() => $"{{{string.Join(", ", Schema.Select(c => c.Name))}}}";

        internal Delegate GetGetter(int index) => _getters[index];

        public sealed class Builder
        {
            private readonly List<(DetachedColumn Column, Delegate Getter)> _items = [];

            public Builder()
            {
            }

            public void Add(Annotations annotations, Func<string, bool> selector)
            {
                ArgumentNullException.ThrowIfNull(selector);
                if (annotations == null)
                    return;
                foreach (Column column in annotations.Schema.Where(c => selector(c.Name)))
                    _items.Add((new DetachedColumn(column), annotations._getters[column.Index]));
            }

            public void Add<TValue>(string name, DataViewType type, ValueGetter<TValue> getter, Annotations? annotations = null)
            {
                ArgumentNullException.ThrowIfNull(type);
                ArgumentNullException.ThrowIfNull(getter);
                if (type.RawType != typeof(TValue))
                    throw new ArgumentException(
                        $"The getter gives {typeof(TValue)}, the type {type} needs {type.RawType}.", nameof(getter));
                _items.Add((new DetachedColumn(name, type, annotations), getter));
            }

            public void Add(string name, DataViewType type, Delegate getter, Annotations? annotations = null)
            {
                ArgumentNullException.ThrowIfNull(type);
                ArgumentNullException.ThrowIfNull(getter);
                if (getter.GetType() != typeof(ValueGetter<>).MakeGenericType(type.RawType))
                    throw new ArgumentException(
                        $"The getter is a {getter.GetType()}, the type {type} needs {type.RawType}.", nameof(getter));
                _items.Add((new DetachedColumn(name, type, annotations), getter));
            }

            public void AddPrimitiveValue<TValue>(string name, PrimitiveDataViewType type, TValue value, Annotations? annotations = null) =>
                Add(name, type, (ref TValue dst) => dst = value, annotations);

            public Annotations ToAnnotations() =>
                _items.Count == 0
                    ? Empty
                    : new Annotations(new DataViewSchema([.. _items.Select(i => i.Column)]), [.. _items.Select(i => i.Getter)]);
        }
    }
}
