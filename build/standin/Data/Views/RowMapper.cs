namespace Microsoft.ML.Data;

/// <summary>
/// A transform bound to one input schema: the columns it adds, what each of them needs, and how to compute it from a row.
/// </summary>
internal abstract class RowMapper
{
    public abstract DataViewSchema.DetachedColumn[] OutputColumns { get; }

    /// <summary>The input columns that an output column is computed from.</summary>
    public abstract IEnumerable<int> InputsOf(int output);

    /// <summary>A getter for every active output column; the others are null. The disposer runs with the row.</summary>
    public abstract Delegate?[] CreateGetters(DataViewRow input, bool[] activeOutputs, out Action? disposer);
}

/// <summary>A mapper whose output columns are independent of each other.</summary>
internal abstract class ColumnwiseMapper : RowMapper
{
    protected abstract Delegate CreateGetter(DataViewRow input, int output, ref Action? disposer);

    public override Delegate?[] CreateGetters(DataViewRow input, bool[] activeOutputs, out Action? disposer)
    {
        disposer = null;
        var getters = new Delegate?[activeOutputs.Length];
        for (int i = 0; i < getters.Length; i++)
        {
            if (activeOutputs[i])
                getters[i] = CreateGetter(input, i, ref disposer);
        }

        return getters;
    }
}
