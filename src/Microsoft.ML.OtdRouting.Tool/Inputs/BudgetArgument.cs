using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--budget</c> or <c>--budgets</c>, and <c>--budget-unit</c>.</summary>
internal static class BudgetArgument
{
    private static readonly string[] _units = ["fraction", "flops", "ms"];

    /// <summary>The unit of all budgets of a command.</summary>
    public static Option<string> Unit()
    {
        Option<string> option = new("--budget-unit")
        {
            Description = "Unit of the budget: fraction of the most expensive resolution, FLOPs of an image, or milliseconds of an image as measured here.",
            DefaultValueFactory = _ => "fraction",
        };
        option.AcceptOnlyFromAmong(_units);
        return option;
    }

    /// <summary>One budget.</summary>
    /// <param name="required">Whether there is no default.</param>
    public static Option<double?> One(bool required) => new("--budget", "-b")
    {
        Description = "Mean cost of an image.",
        HelpName = "B",
        Required = required,
        CustomParser = result => Parse(result, "--budget", result.Tokens[0].Value),
    };

    /// <summary>Several budgets, separated by commas.</summary>
    public static Option<double[]> Several() => new("--budgets")
    {
        Description = "Mean costs of an image, separated by commas.",
        HelpName = "B,B,…",
        CustomParser = result => [.. result.Tokens.SelectMany(t => t.Value.Split(',')).Select(text => Parse(result, "--budgets", text))],
    };

    /// <summary>A budget as the library takes it.</summary>
    public static ComputeBudget ToBudget(double value, string unit) => unit switch
    {
        "flops" => ComputeBudget.Flops(value),
        "ms" => ComputeBudget.Milliseconds(value),
        _ => ComputeBudget.FractionOfLargest(value),
    };

    private static double Parse(ArgumentResult result, string option, string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value))
        {
            return value;
        }

        result.AddError($"{option} is '{text}'; expected a positive number.");
        return double.NaN;
    }
}
