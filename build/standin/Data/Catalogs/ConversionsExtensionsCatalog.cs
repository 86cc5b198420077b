using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class ConversionsExtensionsCatalog
{
    public static ValueToKeyMappingEstimator MapValueToKey(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        string? inputColumnName = null,
        int maximumNumberOfKeys = 1000000,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        bool addKeyValueAnnotationsAsText = false,
        IDataView? keyData = null) =>
        new(
            [(outputColumnName, inputColumnName ?? outputColumnName)],
            maximumNumberOfKeys,
            keyOrdinality,
            addKeyValueAnnotationsAsText,
            keyData);

    public static ValueToKeyMappingEstimator MapValueToKey(
        this TransformsCatalog.ConversionTransforms catalog,
        InputOutputColumnPair[] columns,
        int maximumNumberOfKeys = 1000000,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        bool addKeyValueAnnotationsAsText = false,
        IDataView? keyData = null) =>
        new(Pairs(columns), maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText, keyData);

    public static KeyToValueMappingEstimator MapKeyToValue(
        this TransformsCatalog.ConversionTransforms catalog, string outputColumnName, string? inputColumnName = null) =>
        new([(outputColumnName, inputColumnName ?? outputColumnName)]);

    public static KeyToValueMappingEstimator MapKeyToValue(
        this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns) =>
        new(Pairs(columns));

    public static ValueMappingEstimator<TInputType, TOutputType> MapValue<TInputType, TOutputType>(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IEnumerable<KeyValuePair<TInputType, TOutputType>> keyValuePairs,
        string? inputColumnName = null,
        bool treatValuesAsKeyType = false) =>
        new(outputColumnName, inputColumnName ?? outputColumnName, ValueTable.Create(keyValuePairs, treatValuesAsKeyType));

    public static ValueMappingEstimator<TInputType, TOutputType> MapValue<TInputType, TOutputType>(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IEnumerable<KeyValuePair<TInputType, TOutputType[]>> keyValuePairs,
        string? inputColumnName = null) =>
        new(outputColumnName, inputColumnName ?? outputColumnName, ValueTable.Create(keyValuePairs));

    public static ValueMappingEstimator MapValue(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IDataView lookupMap,
        DataViewSchema.Column keyColumn,
        DataViewSchema.Column valueColumn,
        string? inputColumnName = null) =>
        new(outputColumnName, inputColumnName ?? outputColumnName, ValueTable.Create(lookupMap, keyColumn, valueColumn));

    private static IEnumerable<(string, string)> Pairs(InputOutputColumnPair[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return columns.Select(c => (c.OutputColumnName, c.InputColumnName));
    }
}
