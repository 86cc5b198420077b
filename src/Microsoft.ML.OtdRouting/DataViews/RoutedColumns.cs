using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Names, types and annotations of the columns that a router reads and adds.</summary>
internal sealed class RoutedColumns
{
    private readonly RouterColumnNames _names;
    private readonly RoutedScorer _scorer;
    private readonly KeyDataViewType _labelType;
    private readonly DataViewSchema.Annotations? _labelAnnotations;

    /// <param name="names">Column names.</param>
    /// <param name="scorer">Knows classes, routes and the size of the images.</param>
    /// <param name="labelType">Type of the label, which the predicted label takes.</param>
    /// <param name="labelAnnotations">Annotations of the label, of which the key values go on to the predicted label.</param>
    /// <param name="imagesAreVectors">Whether the image column of the fitting data holds float vectors instead of images.</param>
    public RoutedColumns(
        RouterColumnNames names,
        RoutedScorer scorer,
        KeyDataViewType labelType,
        DataViewSchema.Annotations? labelAnnotations,
        bool imagesAreVectors)
    {
        ImagesAreVectors = imagesAreVectors;
        _names = names;
        _scorer = scorer;
        _labelType = labelType;
        _labelAnnotations = labelAnnotations;
    }

    /// <summary>The same columns of another router for the same images and classes.</summary>
    public RoutedColumns For(RoutedScorer scorer) => new(_names, scorer, _labelType, _labelAnnotations, ImagesAreVectors);

    public RouterColumnNames Names => _names;

    public bool ImagesAreVectors { get; }

    public KeyDataViewType LabelType => _labelType;

    /// <summary>Whether the label's keys have values.</summary>
    public bool HasLabelNames => _labelAnnotations?.Schema.GetColumnOrNull(AnnotationKinds.KeyValues) is not null;

    /// <summary>Annotations of a label whose keys have names.</summary>
    public static DataViewSchema.Annotations KeyValues(IReadOnlyList<string> names) => Texts(AnnotationKinds.KeyValues, names);

    /// <summary>Finds and checks the image column of an input.</summary>
    public DataViewSchema.Column BindImage(DataViewSchema input) =>
        ImageSource.Bind(input, _names.Image, _scorer.ImageHeight, _scorer.ImageWidth);

    /// <summary>Finds and checks the column with the features of the images; null where the policy reads none.</summary>
    public DataViewSchema.Column? BindVector(DataViewSchema input) =>
        _names.Features is { } name ? FeatureColumn.Bind(input, name, _scorer.VectorLength) : null;

    /// <summary>Adds the router's columns, in the order of <see cref="RoutedColumn"/>.</summary>
    public void AddTo(DataViewSchema.Builder builder)
    {
        var routeNames = _scorer.Routes.Select(r => r.Name).ToList();
        builder.AddColumn(_names.Score, Vector(_scorer.Classes.Count), Texts(AnnotationKinds.SlotNames, _scorer.Classes.Names));
        builder.AddColumn(_names.PredictedLabel, _labelType, KeyValuesOnly(_labelAnnotations));
        builder.AddColumn(_names.Route, new KeyDataViewType(typeof(uint), _scorer.Routes.Count), RouteAnnotations(routeNames));
        builder.AddColumn(_names.RouteScores, Vector(_scorer.Routes.Count), Texts(AnnotationKinds.SlotNames, routeNames));
        builder.AddColumn(_names.Cost, NumberDataViewType.Single);
    }

    private static VectorDataViewType Vector(int size) => new(NumberDataViewType.Single, size);

    private DataViewSchema.Annotations RouteAnnotations(IReadOnlyList<string> routeNames)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddTexts(builder, AnnotationKinds.KeyValues, routeNames);
        AddDoubles(builder, RoutedSchema.RouteCostsKind, _scorer.Routes.Select(r => r.Cost).ToArray());
        AddDoubles(builder, RoutedSchema.RouteSharesKind, _scorer.Policy.Shares.ToArray());
        builder.AddPrimitiveValue(RoutedSchema.BudgetKind, NumberDataViewType.Double, _scorer.Policy.Budget);
        builder.AddPrimitiveValue(RoutedSchema.CalibrationRowsKind, NumberDataViewType.Int64, (long)_scorer.Policy.Calibration.Rows);
        return builder.ToAnnotations();
    }

    private static DataViewSchema.Annotations? KeyValuesOnly(DataViewSchema.Annotations? source)
    {
        if (source is null)
        {
            return null;
        }

        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(source, kind => kind == AnnotationKinds.KeyValues);
        return builder.ToAnnotations();
    }

    private static DataViewSchema.Annotations Texts(string kind, IReadOnlyList<string> values)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddTexts(builder, kind, values);
        return builder.ToAnnotations();
    }

    private static void AddTexts(DataViewSchema.Annotations.Builder builder, string kind, IReadOnlyList<string> values)
    {
        var texts = new VBuffer<ReadOnlyMemory<char>>(values.Count, values.Select(v => v.AsMemory()).ToArray());
        builder.Add(
            kind,
            new VectorDataViewType(TextDataViewType.Instance, values.Count),
            (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) => texts.CopyTo(ref value)));
    }

    private static void AddDoubles(DataViewSchema.Annotations.Builder builder, string kind, double[] values)
    {
        var vector = new VBuffer<double>(values.Length, values);
        builder.Add(
            kind,
            new VectorDataViewType(NumberDataViewType.Double, values.Length),
            (ValueGetter<VBuffer<double>>)((ref VBuffer<double> value) => vector.CopyTo(ref value)));
    }
}
