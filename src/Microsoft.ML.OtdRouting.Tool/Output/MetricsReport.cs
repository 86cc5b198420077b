using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>How metrics of a router are shown.</summary>
internal static class MetricsReport
{
    /// <summary>Sampling alone hardly ever takes the mean cost further than this from the planned one.</summary>
    private const double MostStandardErrors = 3;

    /// <summary>The metrics as they stand in <c>--json</c>; measures are null where there are no labels.</summary>
    public static JsonObject Json(OtdRoutingMetrics metrics, CostUnit unit)
    {
        JsonObject json = new() { ["n"] = metrics.Rows };
        foreach (TaskMeasure measure in metrics.Measures)
        {
            json[KeyOf(measure.Name)] = ToolConsole.Number(measure.Value);
        }

        json["meanCost"] = ToolConsole.Number(metrics.MeanCost);
        json["costUnit"] = NameOf(unit);
        json["budget"] = ToolConsole.Number(metrics.Budget);
        json["budgetError"] = ToolConsole.Number(metrics.BudgetError);
        json["plannedCost"] = ToolConsole.Number(metrics.PlannedCost);
        json["costStandardError"] = ToolConsole.Number(metrics.CostStandardError);
        json["routes"] = ToolConsole.Texts(metrics.RouteNames);
        json["routeCosts"] = ToolConsole.Numbers([.. metrics.RouteCosts]);
        json["shares"] = ToolConsole.Numbers([.. metrics.RouteShares]);
        json["prior"] = ToolConsole.Numbers([.. metrics.PlannedShares]);
        json["collapse"] = ToolConsole.Number(metrics.CollapseIndex);
        if (metrics.Promise is { } promise)
        {
            json["promise"] = Json(promise);
        }

        return json;
    }

    /// <summary>One line about what was promised; nothing where nothing was.</summary>
    public static void WritePromise(ToolConsole console, OtdRoutingMetrics metrics)
    {
        if (metrics.Promise is { } promise)
        {
            console.Text.WriteLine($"Promised: {promise}.");
        }
    }

    private static JsonObject Json(QualityPromise promise) => new()
    {
        ["within"] = promise.Target.Points is { } points ? ToolConsole.Number(points) : null,
        ["atLeast"] = promise.Target.Quality is { } quality ? ToolConsole.Number(quality) : null,
        ["confidence"] = ToolConsole.Number(promise.Target.Confidence),
        ["n"] = promise.Rows,
        ["budget"] = ToolConsole.Number(promise.Budget),
        ["tests"] = new JsonArray([.. promise.Tests.Select(t => new JsonObject
        {
            ["budget"] = ToolConsole.Number(t.Budget),
            ["quality"] = ToolConsole.Number(t.Quality),
            ["reference"] = ToolConsole.Number(t.Reference),
            ["gains"] = t.Gains,
            ["losses"] = t.Losses,
            ["p"] = ToolConsole.Number(t.PValue),
        })]),
    };

    /// <summary>The corners that a router is made of, as they stand in <c>--json</c>.</summary>
    public static JsonArray Json(IReadOnlyList<RouterPart> parts) => [.. parts.Select(p => new JsonObject
    {
        ["firstLook"] = p.FirstLook,
        ["alone"] = p.IsAlone,
        ["share"] = ToolConsole.Number(p.Share),
        ["meanCost"] = ToolConsole.Number(p.MeanCost),
        ["routes"] = ToolConsole.Texts(p.Routes),
    })];

    /// <summary>One line about the corners that a router is made of.</summary>
    public static string Summary(IReadOnlyList<RouterPart> parts, CostUnit unit) => $"Images, by their content, go to: " +
        $"{string.Join("; ", parts.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p} at {Cost(p.MeanCost, unit)} an image")))}.";

    /// <summary>The key of a measure in <c>--json</c>: <c>logLoss</c> for <c>log-loss</c>; a name of several words stays as it is.</summary>
    public static string KeyOf(string measure) => measure.Contains(' ') ? measure
        : string.Concat(measure.Split('-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>One line about quality, where there are labels, and cost.</summary>
    public static string Summary(OtdRoutingMetrics metrics, CostUnit unit) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(double.IsNaN(metrics.Quality) ? "" : string.Create(CultureInfo.InvariantCulture, $"{metrics.QualityName} {metrics.Quality:P2}, "))}mean cost {Cost(metrics.MeanCost, unit)}, budget {Cost(metrics.Budget, unit)} ({metrics.BudgetError:+0.00%;-0.00%}; {StandardErrors(metrics):+0.0;-0.0} standard errors off the plan), collapse index {metrics.CollapseIndex:F3}");

    /// <summary>
    /// How far the cost is from that of the plan, in standard errors. A plan costs the budget, or less where more would not lower the loss.
    /// </summary>
    public static double StandardErrors(OtdRoutingMetrics metrics) =>
        metrics.CostStandardError > 0 ? (metrics.MeanCost - metrics.PlannedCost) / metrics.CostStandardError : 0;

    /// <summary>Warns of a cost that sampling does not explain.</summary>
    public static void WarnOfCost(ToolConsole console, OtdRoutingMetrics metrics, CostUnit unit)
    {
        if (Math.Abs(StandardErrors(metrics)) > MostStandardErrors)
        {
            console.Warn($"With a budget of {Cost(metrics.Budget, unit)} the mean cost is {Cost(metrics.MeanCost, unit)}, {Math.Abs(StandardErrors(metrics)):F1} standard errors off the planned {Cost(metrics.PlannedCost, unit)}: these images are unlike those that the router was fitted on.");
        }
    }

    /// <summary>What the router gains over a policy in points, with its paired 95 % interval; empty where there are no labels.</summary>
    public static string Difference(PolicyResult policy) => double.IsNaN(policy.Difference)
        ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * policy.Difference:+0.00;-0.00;0.00} ({100 * policy.DifferenceInterval.Low:+0.00;-0.00;0.00} to {100 * policy.DifferenceInterval.High:+0.00;-0.00;0.00})");

    /// <summary>The routes with their costs and shares, and one thing more.</summary>
    public static Table Routes(OtdRoutingMetrics metrics, CostUnit unit, string more, Func<int, string> moreOf)
    {
        Table table = NumberTable("route", "cost", "share", "planned", more);

        for (int k = 0; k < metrics.RouteNames.Count; k++)
        {
            table.AddRow(Markup.Escape(metrics.RouteNames[k]), Cost(metrics.RouteCosts[k], unit), Percent(metrics.RouteShares[k]), Percent(metrics.PlannedShares[k]), moreOf(k));
        }

        return table;
    }

    /// <summary>A table with a name and numbers in each row.</summary>
    public static Table NumberTable(string name, params string[] numbers)
    {
        Table table = new Table().AddColumn(name);
        foreach (string column in numbers)
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        return table;
    }

    /// <summary>A cost for people.</summary>
    public static string Cost(double cost, CostUnit unit) => unit == CostUnit.Milliseconds
        ? string.Create(CultureInfo.InvariantCulture, $"{cost:G4} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{cost / 1e6:F2} MFLOPs");

    /// <summary>A share for people.</summary>
    public static string Percent(double share) => share.ToString("P2", CultureInfo.InvariantCulture);

    /// <summary>The name of a unit of cost in <c>--json</c>, as <c>--budget-unit</c> has it.</summary>
    public static string NameOf(CostUnit unit) => unit == CostUnit.Milliseconds ? "ms" : "flops";
}
