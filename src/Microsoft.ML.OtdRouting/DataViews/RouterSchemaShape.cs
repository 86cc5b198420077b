using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>The shape of a router's output, for the checks that a chain of estimators makes before it fits.</summary>
internal static class RouterSchemaShape
{
    /// <summary>The input's columns and the router's.</summary>
    /// <exception cref="ArgumentException">The input lacks a column that the router or its task needs.</exception>
    public static SchemaShape Append(SchemaShape input, RoutingTask task, RouterColumnNames names)
    {
        if (!input.Any(c => c.Name == names.Image))
        {
            throw new ArgumentException($"There is no image column '{names.Image}'; the columns are {string.Join(", ", input.Select(c => c.Name))}.");
        }

        SchemaShape.Column[] added =
        [
            .. task.OutputShape(input),
            ShapeColumns.Key(names.Route),
            ShapeColumns.Vector(names.RouteScores),
            ShapeColumns.Single(names.Cost),
        ];
        return new SchemaShape(input.Where(c => added.All(a => a.Name != c.Name)).Concat(added));
    }
}
