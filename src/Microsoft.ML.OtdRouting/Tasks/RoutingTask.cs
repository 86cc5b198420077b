using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// What the models' outputs mean, and so what a router loses by sending an image to a route: <see cref="ClassificationTask"/>. The router itself
/// knows images, costs, routes and losses, and asks its task for everything else.
/// </summary>
/// <remarks>Not open to other assemblies yet: the contract will be, once several tasks have settled it.</remarks>
public abstract class RoutingTask
{
    internal RoutingTask()
    {
    }

    /// <summary>Name, such as <c>classification</c>: what saved routers call the task.</summary>
    public abstract string Name { get; }

    /// <summary>Names of the columns that the task adds.</summary>
    internal abstract IReadOnlyList<string> OutputColumnNames { get; }

    /// <summary>A copy that later changes of this object do not reach.</summary>
    internal abstract RoutingTask Freeze();

    /// <summary>Throws when an option is missing or out of range; the message names it.</summary>
    internal abstract void Validate();

    /// <summary>The columns that the task adds, for the checks that a chain of estimators makes before it fits.</summary>
    /// <param name="input">The columns there are.</param>
    /// <exception cref="ArgumentException">A column that the task needs is missing or of the wrong type.</exception>
    internal abstract IEnumerable<SchemaShape.Column> OutputShape(SchemaShape input);

    /// <summary>Settles what the columns of the data and the outputs of the models are.</summary>
    /// <param name="input">Schema of the fitting data.</param>
    /// <param name="scorers">The resolutions, in ascending order of cost.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or data and models disagree.</exception>
    /// <exception cref="InvalidDataException">The models' outputs are not those of the task, or disagree with each other.</exception>
    internal abstract BoundTask Bind(DataViewSchema input, ScorerSet scorers);

    /// <summary>Measures scored data by the columns that the task has added, without the router.</summary>
    /// <param name="scored">The data. Rows whose columns are missing (NaN) are left out.</param>
    /// <returns>The measures; NaN where the data has no truth to measure against.</returns>
    internal abstract IReadOnlyList<TaskMeasure> Evaluate(IDataView scored);

    /// <summary>Throws when a column has no name.</summary>
    internal static void RequireColumnName(string value, string option)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new ArgumentException($"{option} is empty.", option);
        }
    }
}
