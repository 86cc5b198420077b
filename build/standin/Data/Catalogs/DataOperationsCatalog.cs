using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed class DataOperationsCatalog
{
    internal DataOperationsCatalog(MLContext context) => Context = context;

    internal MLContext Context { get; }

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition? schemaDefinition = null)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(data);
        return new EnumerableDataView<TRow>(data, TypedSchema.Of<TRow>(schemaDefinition, SchemaDefinition.Direction.Read));
    }

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, DataViewSchema schema)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(schema);
        return new EnumerableDataView<TRow>(data, TypedSchema.With<TRow>(schema));
    }

    public IEnumerable<TRow> CreateEnumerable<TRow>(
        IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition? schemaDefinition = null)
        where TRow : class, new()
    {
        ArgumentNullException.ThrowIfNull(data);
        SchemaDefinition definition = TypedSchema.Of<TRow>(schemaDefinition, SchemaDefinition.Direction.Write);
        var bound = TypedSchema.Bind(data.Schema, definition, ignoreMissingColumns);
        return Rows();

        IEnumerable<TRow> Rows()
        {
            using DataViewRowCursor cursor = data.GetRowCursor(bound.Select(b => b.Column));
            Action<TRow> fill = TypedSchema.Filler<TRow>(cursor, bound);
            TRow? reused = null;
            while (cursor.MoveNext())
            {
                TRow row = reuseRowObject ? reused ??= new TRow() : new TRow();
                fill(row);
                yield return row;
            }
        }
    }

    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        ArgumentNullException.ThrowIfNull(input);
        var cache = new CacheDataView(input);
        cache.Prefetch(columnsToPrefetch.Select(name => input.Schema.FindInput(name, "prefetch")));
        return cache;
    }

    public IDataView TakeRows(IDataView input, long count)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new RangeDataView(input, 0, count);
    }

    public IDataView SkipRows(IDataView input, long count)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new RangeDataView(input, count, null);
    }

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shufflePoolSize);
        return new ShuffleDataView(input, seed ?? NextSeed(), shufflePoolSize, shuffleSource);
    }

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string? samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(testFraction > 0 && testFraction < 1))
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, "Must be between 0 and 1 exclusive");
        var split = new SplitRule(data.Schema, samplingKeyColumnName, seed ?? NextSeed());
        return Split(data, split, 0, testFraction);
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(
        IDataView data, int numberOfFolds = 5, string? samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (numberOfFolds <= 1)
            throw new ArgumentOutOfRangeException(nameof(numberOfFolds), "Must be more than 1");
        var split = new SplitRule(data.Schema, samplingKeyColumnName, seed ?? NextSeed());
        return [.. Enumerable.Range(0, numberOfFolds).Select(fold =>
        {
            double from = (double)fold / numberOfFolds;
            double to = fold == numberOfFolds - 1 ? 1 : (double)(fold + 1) / numberOfFolds;
            return Split(data, split, from, to);
        })];
    }

    private static TrainTestData Split(IDataView data, SplitRule rule, double from, double to) =>
        new(new SplitDataView(data, rule, from, to, complement: true), new SplitDataView(data, rule, from, to, complement: false));

    private int NextSeed()
    {
        Random rand = Context.Environment.Rand;
        lock (rand)
            return rand.Next();
    }

    public readonly struct TrainTestData
    {
        public readonly IDataView TrainSet;
        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }
}
