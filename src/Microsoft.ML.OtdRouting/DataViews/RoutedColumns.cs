using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>The columns that a router reads and adds: those of its task, then the route, the route scores and the cost.</summary>
internal sealed class RoutedColumns
{
    private readonly RoutedScorer _scorer;

    /// <param name="names">Column names.</param>
    /// <param name="scorer">Knows the task, the routes and the size of the images.</param>
    /// <param name="images">What the image column of the fitting data holds.</param>
    public RoutedColumns(RouterColumnNames names, RoutedScorer scorer, ImageForm images)
    {
        Names = names;
        _scorer = scorer;
        Images = images;
    }

    public RouterColumnNames Names { get; }

    /// <summary>What the image column of the fitting data holds.</summary>
    public ImageForm Images { get; }

    /// <summary>The same columns of another router for the same images and task.</summary>
    public RoutedColumns For(RoutedScorer scorer) => new(Names, scorer, Images);

    /// <summary>Finds and checks the image column of an input.</summary>
    public DataViewSchema.Column BindImage(DataViewSchema input) =>
        ImageSource.Bind(input, Names.Image, _scorer.ImageHeight, _scorer.ImageWidth);

    /// <summary>Adds the router's columns.</summary>
    public void AddTo(DataViewSchema.Builder builder)
    {
        foreach (var column in _scorer.Task.Columns)
        {
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }

        var routeNames = _scorer.Routes.Select(r => r.Name).ToList();
        builder.AddColumn(Names.Route, new KeyDataViewType(typeof(uint), routeNames.Count), RouteAnnotations(routeNames));
        builder.AddColumn(
            Names.RouteScores, new VectorDataViewType(NumberDataViewType.Single, routeNames.Count), Annotations.Texts(Annotations.SlotNames, routeNames));
        builder.AddColumn(Names.Cost, NumberDataViewType.Single);
    }

    /// <summary>The getter of one of the router's columns, for whichever slot is current when it is called.</summary>
    /// <param name="column">Which of the columns, in the order in which they are added.</param>
    /// <param name="window">The window.</param>
    /// <param name="currentSlot">The slot.</param>
    public Delegate CreateGetter(int column, RoutedWindow window, Func<int> currentSlot)
    {
        var ofTask = _scorer.Task.Columns;
        var routes = _scorer.Routes;
        return (column - ofTask.Count) switch
        {
            < 0 => ofTask[column].CreateGetter(() => window.Answer(currentSlot())),
            0 => (ValueGetter<uint>)((ref uint value) => value = (uint)(window.Route(currentSlot()) + 1)),
            1 => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Vectors.Copy(window.RouteScores(currentSlot()), ref value)),
            _ => (ValueGetter<float>)((ref float value) => value = window.Route(currentSlot()) is >= 0 and var route ? (float)routes[route].Cost : float.NaN),
        };
    }

    private DataViewSchema.Annotations RouteAnnotations(IReadOnlyList<string> routeNames)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        Annotations.AddTexts(builder, Annotations.KeyValues, routeNames);
        Annotations.AddDoubles(builder, RoutedSchema.RouteCostsKind, _scorer.Routes.Select(r => r.Cost).ToArray());
        Annotations.AddDoubles(builder, RoutedSchema.RouteSharesKind, _scorer.Policy.Shares);
        builder.AddPrimitiveValue(RoutedSchema.BudgetKind, NumberDataViewType.Double, _scorer.Policy.Budget);
        builder.AddPrimitiveValue(RoutedSchema.CalibrationRowsKind, NumberDataViewType.Int64, (long)_scorer.Policy.Rows);
        return builder.ToAnnotations();
    }
}
