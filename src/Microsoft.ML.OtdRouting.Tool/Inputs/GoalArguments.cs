using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>What a router is fitted for: a budget, or a promise in its place.</summary>
internal sealed class GoalArguments
{
    private readonly Option<double?> _budget = BudgetArgument.One(required: false);
    private readonly Option<string> _unit = BudgetArgument.Unit();
    private readonly PromiseArgument _promise = new();

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_budget, _unit, .. _promise.Options];

    /// <summary>The one or the other.</summary>
    /// <exception cref="UsageException">Neither is given, or both, or a number is out of range.</exception>
    public (ComputeBudget? Budget, QualityTarget? Promise) Read(ParseResult options)
    {
        QualityTarget? promise = _promise.Read(options);
        ComputeBudget? budget = options.GetValue(_budget) is { } value ? BudgetArgument.ToBudget(value, options.GetValue(_unit)!) : null;
        return (budget is null) == (promise is null)
            ? throw new UsageException($"{options.CommandResult.Command.Name} needs a --budget, or --within or --at-least in its place.")
            : (budget, promise);
    }
}
