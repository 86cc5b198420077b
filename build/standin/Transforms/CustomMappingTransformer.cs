using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
{
    private readonly Action<TSrc, TDst> _mapAction;
    private readonly string? _contractName;

    internal CustomMappingTransformer(Action<TSrc, TDst> mapAction, string? contractName, SchemaDefinition? input, SchemaDefinition? output)
    {
        ArgumentNullException.ThrowIfNull(mapAction);
        _mapAction = mapAction;
        _contractName = contractName;
        InputDefinition = TypedSchema.Of<TSrc>(input, SchemaDefinition.Direction.Write);
        OutputDefinition = TypedSchema.Of<TDst>(output, SchemaDefinition.Direction.Read);
    }

    bool ITransformer.IsRowToRowMapper => true;

    internal SchemaDefinition InputDefinition { get; }

    internal SchemaDefinition OutputDefinition { get; }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => View(new EmptyDataView(inputSchema)).Schema;

    public IDataView Transform(IDataView input) => View(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => View(new EmptyDataView(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => CustomMapping.Save(ctx, _contractName, _mapAction.Method.DeclaringType!.Assembly);

    private MappedDataView View(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, new Mapper(this, input.Schema));
    }

    /// <summary>
    /// The action runs once a row, when the first of its columns is asked for. The two objects are reused from row to row.
    /// </summary>
    private sealed class Mapper : RowMapper
    {
        private readonly CustomMappingTransformer<TSrc, TDst> _transformer;
        private readonly (DataViewSchema.Column Column, SchemaDefinition.Column Member)[] _bound;

        public Mapper(CustomMappingTransformer<TSrc, TDst> transformer, DataViewSchema schema)
        {
            _transformer = transformer;
            _bound = TypedSchema.Bind(schema, transformer.InputDefinition, ignoreMissing: false);
            OutputColumns = TypedSchema.Columns(transformer.OutputDefinition);
        }

        public override DataViewSchema.DetachedColumn[] OutputColumns { get; }

        public override IEnumerable<int> InputsOf(int output) => _bound.Select(b => b.Column.Index);

        public override Delegate?[] CreateGetters(DataViewRow input, bool[] activeOutputs, out Action? disposer)
        {
            disposer = null;
            var getters = new Delegate?[activeOutputs.Length];
            if (!activeOutputs.Contains(true))
                return getters;

            var source = new TSrc();
            var target = new TDst();
            Action<TSrc> fill = TypedSchema.Filler<TSrc>(input, _bound);
            long computed = -1;
            for (int i = 0; i < getters.Length; i++)
            {
                if (activeOutputs[i])
                    getters[i] = MemberAccess.GetterOf(_transformer.OutputDefinition[i], Current);
            }

            return getters;

            TDst Current()
            {
                GetterChecks.CheckPosition(input.Position);
                if (computed != input.Position)
                {
                    fill(source);
                    _transformer._mapAction(source, target);
                    computed = input.Position;
                }

                return target;
            }
        }
    }
}
