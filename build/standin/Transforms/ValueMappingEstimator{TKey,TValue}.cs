using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ValueMappingEstimator<TKey, TValue> : ValueMappingEstimator
{
    internal ValueMappingEstimator(string output, string input, ValueTable table)
        : base(output, input, table)
    {
    }
}
