using System.Collections;

namespace Microsoft.ML.Data;

public sealed class TransformerChain<TLastTransformer> : ITransformer, IEnumerable<ITransformer>, IDisposable
    where TLastTransformer : class, ITransformer
{
    private readonly ITransformer[] _transformers;
    private readonly TransformerScope[] _scopes;
    private bool _disposed;

    public readonly TLastTransformer LastTransformer;

    public TransformerChain(IEnumerable<ITransformer> transformers, IEnumerable<TransformerScope> scopes)
    {
        ArgumentNullException.ThrowIfNull(transformers);
        ArgumentNullException.ThrowIfNull(scopes);
        _transformers = [.. transformers];
        _scopes = [.. scopes];
        if (_transformers.Length != _scopes.Length)
            throw new ArgumentException($"There are {_transformers.Length} transformers and {_scopes.Length} scopes.", nameof(scopes));
        LastTransformer = (_transformers.LastOrDefault() as TLastTransformer)!;
        if (_transformers.Length > 0 && LastTransformer == null)
            throw new ArgumentException($"The last transformer is not a {typeof(TLastTransformer)}.", nameof(transformers));
    }

    public TransformerChain(params ITransformer[] transformers)
        : this(transformers ?? throw new ArgumentNullException(nameof(transformers)), transformers.Select(_ => TransformerScope.Everything))
    {
    }

    bool ITransformer.IsRowToRowMapper => _transformers.All(t => t.IsRowToRowMapper);

    public TransformerChain<TNewLast> Append<TNewLast>(TNewLast transformer, TransformerScope scope = TransformerScope.Everything)
        where TNewLast : class, ITransformer
    {
        ArgumentNullException.ThrowIfNull(transformer);
        return new([.. _transformers, transformer], [.. _scopes, scope]);
    }

    public TransformerChain<ITransformer> GetModelFor(TransformerScope scopeFilter)
    {
        int[] kept = [.. Enumerable.Range(0, _transformers.Length).Where(i => (_scopes[i] & scopeFilter) != 0)];
        return new(kept.Select(i => _transformers[i]), kept.Select(i => _scopes[i]));
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return _transformers.Aggregate(inputSchema, (schema, transformer) => transformer.GetOutputSchema(schema));
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema, TransformerScope scope) =>
        GetModelFor(scope).GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        GetOutputSchema(input.Schema);
        return _transformers.Aggregate(input, (data, transformer) => transformer.Transform(data));
    }

    public IDataView Transform(IDataView input, TransformerScope scope) => GetModelFor(scope).Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (!((ITransformer)this).IsRowToRowMapper)
            throw new InvalidOperationException(
                $"Method '{nameof(ITransformer.GetRowToRowMapper)}' can only be called if '{nameof(ITransformer.IsRowToRowMapper)}' is true.");
        var mappers = new IRowToRowMapper[_transformers.Length];
        DataViewSchema schema = inputSchema;
        for (int i = 0; i < mappers.Length; i++)
        {
            mappers[i] = _transformers[i].GetRowToRowMapper(schema);
            schema = mappers[i].OutputSchema;
        }

        return new ChainedMapper(inputSchema, mappers);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ModelSaveContext.CheckNotNull(ctx);
        ctx.Write(TransformerChain.LoaderName, writer =>
        {
            writer.Write(_transformers.Length);
            foreach (TransformerScope scope in _scopes)
                writer.Write((int)scope);
        });
        for (int i = 0; i < _transformers.Length; i++)
            ctx.SaveModel(TransformerChain.FolderOf(i), _transformers[i]);
    }

    public IEnumerator<ITransformer> GetEnumerator() => ((IEnumerable<ITransformer>)_transformers).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        if (_disposed)
            return;
        foreach (IDisposable transformer in _transformers.OfType<IDisposable>())
            transformer.Dispose();
        _disposed = true;
    }
}
