using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Runs a chain of row-to-row mappers on one object at a time.</summary>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable
    where TSrc : class
    where TDst : class, new()
{
    private readonly ITransformer _transformer;
    private readonly bool _ownsTransformer;
    private readonly ObjectRow<TSrc> _input;
    private readonly DataViewRow _output;
    private readonly Action<TDst> _fill;
    private bool _disposed;

    private protected PredictionEngineBase(ITransformer transformer, DataViewSchema? inputSchema, PredictionEngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        if (!transformer.IsRowToRowMapper)
            throw new ArgumentOutOfRangeException(nameof(transformer), "Must be a row to row mapper");
        _transformer = transformer;
        _ownsTransformer = options.OwnsTransformer;
        SchemaDefinition definition = inputSchema == null
            ? TypedSchema.Of<TSrc>(options.InputSchemaDefinition, SchemaDefinition.Direction.Read)
            : TypedSchema.With<TSrc>(inputSchema);
        _input = new ObjectRow<TSrc>(definition);

        IRowToRowMapper mapper = transformer.GetRowToRowMapper(_input.Schema);
        OutputSchema = mapper.OutputSchema;
        SchemaDefinition output = TypedSchema.Of<TDst>(options.OutputSchemaDefinition, SchemaDefinition.Direction.Write);
        var bound = TypedSchema.Bind(OutputSchema, output, options.IgnoreMissingColumns);
        _output = mapper.GetRow(_input, [.. bound.Select(b => b.Column)]);
        _fill = TypedSchema.Filler<TDst>(_output, bound);
    }

    public DataViewSchema OutputSchema { get; }

    public TDst Predict(TSrc example)
    {
        var prediction = new TDst();
        Predict(example, ref prediction);
        return prediction;
    }

    public abstract void Predict(TSrc example, ref TDst prediction);

    public void Dispose()
    {
        if (_disposed)
            return;
        _output.Dispose();
        if (_ownsTransformer)
            (_transformer as IDisposable)?.Dispose();
        _disposed = true;
    }

    private protected void Run(TSrc example, TDst prediction)
    {
        _input.Set(example);
        _fill(prediction);
    }
}
