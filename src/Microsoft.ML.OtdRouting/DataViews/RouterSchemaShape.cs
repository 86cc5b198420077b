using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>
/// The shape of a router's output, for the checks that a chain of estimators makes before it fits. Columns of a shape cannot be made with the
/// public API; they are taken from the shapes of built-in estimators.
/// </summary>
internal static class RouterSchemaShape
{
    /// <summary>The input's columns and the router's.</summary>
    /// <exception cref="ArgumentException">The input has no image column or no label column, or the label is not of key type.</exception>
    public static SchemaShape Append(SchemaShape input, RouterColumnNames names)
    {
        Require(input, names.Image, "image");
        var label = Require(input, names.Label, "label");
        if (!label.IsKey)
        {
            throw new ArgumentException(
                $"Label column '{names.Label}' holds {label.ItemType}; expected a key. Append Conversion.MapValueToKey before the router.");
        }

        if (names.Features is { } features)
        {
            Require(input, features, "feature");
        }

        var transforms = new MLContext().Transforms;
        // Only the label goes into the helpers: their own checks must not meet columns that they have nothing to do with.
        var labelOnly = new SchemaShape([label]);
        var made = transforms.CustomMapping<NoColumns, RouterRow>((_, _) => { }, null, null, Definition(names)).GetOutputSchema(labelOnly);
        var predicted = transforms.CopyColumns(names.PredictedLabel, names.Label).GetOutputSchema(labelOnly);
        var added = made.Concat(predicted).Where(c => c.Name != names.Label || names.PredictedLabel == names.Label).ToList();
        return new SchemaShape(input.Where(c => added.All(a => a.Name != c.Name)).Concat(added));
    }

    private static SchemaDefinition Definition(RouterColumnNames names)
    {
        var definition = SchemaDefinition.Create(typeof(RouterRow));
        // Columns are found by their current names, so all are looked up before any is renamed.
        var score = definition[nameof(RouterRow.Score)];
        var route = definition[nameof(RouterRow.Route)];
        var routeScores = definition[nameof(RouterRow.RouteScores)];
        var cost = definition[nameof(RouterRow.Cost)];
        score.ColumnName = names.Score;
        score.ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1);
        route.ColumnName = names.Route;
        route.ColumnType = new KeyDataViewType(typeof(uint), 1);
        route.AddAnnotation(
            AnnotationKinds.KeyValues,
            new VBuffer<ReadOnlyMemory<char>>(1, ["route".AsMemory()]),
            new VectorDataViewType(TextDataViewType.Instance, 1));
        routeScores.ColumnName = names.RouteScores;
        routeScores.ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1);
        cost.ColumnName = names.Cost;
        return definition;
    }

    private static SchemaShape.Column Require(SchemaShape input, string name, string kind)
    {
        foreach (var column in input)
        {
            if (column.Name == name)
            {
                return column;
            }
        }

        throw new ArgumentException($"There is no {kind} column '{name}'; the columns are {string.Join(", ", input.Select(c => c.Name))}.");
    }

    private sealed class NoColumns
    {
    }

    private sealed class RouterRow
    {
        public float[] Score { get; set; } = [];

        public uint Route { get; set; }

        public float[] RouteScores { get; set; } = [];

        public float Cost { get; set; }
    }
}
