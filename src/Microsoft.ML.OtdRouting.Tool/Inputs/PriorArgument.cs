using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Arrays;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--prior</c> and <c>--floor</c>: what is prescribed about the shares of the routes.</summary>
internal sealed class PriorArgument
{
    private const string BudgetOnly = "budget-only";
    private const string Budget = "budget";

    private readonly Option<string> _prior = new("--prior")
    {
        Description = "budget-only binds the mean cost alone; budget fixes the shares closest to uniform ones; a .npy file holds the shares, " +
            "one a route in ascending order of cost.",
        HelpName = $"{BudgetOnly}|{Budget}|b.npy",
        DefaultValueFactory = _ => BudgetOnly,
    };

    private readonly Option<double?> _floor = new("--floor") { Description = "Least share of every route, with --prior budget-only; 0.002 without it." };

    public PriorArgument() => _prior.CompletionSources.Add(BudgetOnly, Budget);

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_prior, _floor];

    /// <summary>The prior as the library takes it.</summary>
    /// <exception cref="UsageException">The options make no sense together.</exception>
    /// <exception cref="DataException">The file cannot be used.</exception>
    public RoutingPrior Read(ParseResult options)
    {
        string prior = options.GetValue(_prior)!;
        double? floor = options.GetValue(_floor);
        if (floor is not null && prior != BudgetOnly)
        {
            throw new UsageException($"--floor belongs to --prior {BudgetOnly}; --prior is {prior}.");
        }

        if (prior is BudgetOnly or Budget)
        {
            return prior == Budget ? RoutingPrior.Budget() : floor is { } least ? RoutingPrior.BudgetOnly(least) : RoutingPrior.BudgetOnly();
        }

        if (!prior.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--prior is '{prior}'; expected {BudgetOnly}, {Budget}, or a file .npy with one share a route.");
        }

        double[] shares = NpyFile.ReadVector(prior);
        try
        {
            return RoutingPrior.Explicit(shares);
        }
        catch (ArgumentException problem)
        {
            throw new DataException($"{prior}: {problem.Message}");
        }
    }
}
