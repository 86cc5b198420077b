using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>An input schema bound to a router: the image column, and the output schema with the router's columns behind the input's.</summary>
internal sealed class RoutedSchema
{
    /// <summary>Kind of the annotation of the route column that holds the cost of every route (a vector of doubles).</summary>
    public const string RouteCostsKind = "RouteCosts";

    /// <summary>Kind of the annotation of the route column that holds the share that every route has in the fitted plan (a vector of doubles).</summary>
    public const string RouteSharesKind = "RouteShares";

    /// <summary>Kind of the annotation of the route column that holds the budget: the mean cost of a row (a double).</summary>
    public const string BudgetKind = "Budget";

    /// <summary>Kind of the annotation of the route column that holds the number of rows on which the prices were set (a long).</summary>
    public const string CalibrationRowsKind = "CalibrationRows";

    private readonly int _inputCount;

    public RoutedSchema(DataViewSchema input, RoutedColumns columns)
    {
        Input = input;
        Image = columns.BindImage(input);
        _inputCount = input.Count;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        columns.AddTo(builder);
        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    /// <summary>The image column of <see cref="Input"/>.</summary>
    public DataViewSchema.Column Image { get; }

    public DataViewSchema Output { get; }

    /// <summary>Whether a column of <see cref="Output"/> comes from the input unchanged.</summary>
    public bool IsInput(int outputIndex) => outputIndex < _inputCount;

    /// <summary>Which of the router's columns a column of <see cref="Output"/> is.</summary>
    public int RoutedColumnAt(int outputIndex) => outputIndex - _inputCount;

    /// <summary>The input columns that these output columns need: themselves, and the image for the router's own.</summary>
    public IReadOnlyList<DataViewSchema.Column> Dependencies(IEnumerable<DataViewSchema.Column> outputColumns)
    {
        var needed = new SortedSet<int>();
        foreach (var column in outputColumns)
        {
            needed.Add(IsInput(column.Index) ? column.Index : Image.Index);
        }

        return needed.Select(i => Input[i]).ToList();
    }

    /// <summary>Throws the usual error for a column that a row does not provide.</summary>
    public void RequireActive(DataViewSchema.Column column, Func<DataViewSchema.Column, bool> isActive)
    {
        if (column.Index >= Output.Count || !isActive(column))
        {
            throw new ArgumentOutOfRangeException(nameof(column), column.Name, $"Column '{column.Name}' is not active in this row.");
        }
    }
}
