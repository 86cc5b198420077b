using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Arrays;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd transport</c>: solves one transport problem between arrays on disk.</summary>
internal sealed class TransportCommand
{
    public const string Example = "otd transport --loss L.npy --cost c.npy --budget 2.5 --floor 0.02 --epsilon 0.05 --json";

    private readonly Option<string> _loss = new("--loss") { Description = "Losses, samples × routes (.npy, float32 or float64, C order).", Required = true };
    private readonly Option<string?> _samplePrior = new("--sample-prior") { Description = "Share of every sample (.npy); uniform without it." };
    private readonly Option<string?> _routePrior = new("--route-prior") { Description = "Share of every route (.npy)." };
    private readonly Option<string?> _cost = new("--cost") { Description = "Cost of every route (.npy), any unit." };
    private readonly Option<double?> _budget = new("--budget") { Description = "Largest mean cost per sample; shares are otherwise free." };
    private readonly Option<bool> _tilt = new("--tilt") { Description = "Fix the shares to the prior closest to uniform whose mean cost is the budget." };
    private readonly Option<double> _floor = new("--floor") { Description = "Smallest share of every route.", DefaultValueFactory = _ => 0 };
    private readonly Option<double> _ceiling = new("--ceiling") { Description = "Largest share of every route.", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _epsilon = new("--epsilon") { Description = "Regularisation; the exact solver has none.", DefaultValueFactory = _ => 0.05 };
    private readonly Option<bool> _relative = new("--relative-epsilon") { Description = "Epsilon is a fraction of the largest absolute loss." };
    private readonly Option<string> _solver = new("--solver") { Description = "Solver.", DefaultValueFactory = _ => "newton" };
    private readonly Option<int> _sparsity = new("--sparsity") { Description = "Most routes of a sample (sparse).", DefaultValueFactory = _ => 2 };
    private readonly Option<double> _rho = new("--rho") { Description = "Strength of the route marginal in units of loss (unbalanced).", DefaultValueFactory = _ => 1 };
    private readonly Option<double?> _rhoSamples = new("--rho-samples") { Description = "Strength of the sample marginal; hard without it (unbalanced)." };
    private readonly Option<double> _mass = new("--mass") { Description = "Mass to transport, up to 1 (unbalanced).", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _tolerance = new("--tolerance") { Description = "L1 marginal error to reach.", DefaultValueFactory = _ => 1e-9 };
    private readonly Option<int?> _iterations = new("--max-iterations") { Description = "Most passes over the losses." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0 for one per processor.", DefaultValueFactory = _ => 0 };
    private readonly Option<bool> _forbid = new("--infinity-forbids") { Description = "A loss of +inf forbids its route." };
    private readonly Option<string?> _planOut = new("--plan-out") { Description = "Writes the plan (.npy, float64, samples × routes)." };
    private readonly Option<string?> _assignmentOut = new("--assignment-out") { Description = "Writes the route of every sample (.npy, int32)." };
    private readonly Option<bool> _allowUnconverged = new("--allow-unconverged")
    {
        Description = "Takes a solution that has not reached the tolerance as it is: files are written, and the exit code is 0.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Prints one JSON object." };
    private readonly ToolConsole _console;

    private TransportCommand(ToolConsole console)
    {
        _console = console;
        _solver.AcceptOnlyFromAmong("newton", "sinkhorn", "exact", "sparse", "unbalanced");
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        TransportCommand handler = new(console);
        Command command = new("transport", $"Solves one transport problem between many samples and few routes.\n\nExample:\n  {Example}")
        {
            handler._loss, handler._samplePrior, handler._routePrior, handler._cost, handler._budget, handler._tilt, handler._floor, handler._ceiling,
            handler._epsilon, handler._relative, handler._solver, handler._sparsity, handler._rho, handler._rhoSamples, handler._mass,
            handler._tolerance, handler._iterations, handler._threads, handler._forbid, handler._planOut, handler._assignmentOut,
            handler._allowUnconverged, handler._json,
        };
        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        CheckCombination(options);
        OutputArguments.RequireWritable("--plan-out", options.GetValue(_planOut));
        OutputArguments.RequireWritable("--assignment-out", options.GetValue(_assignmentOut));
        string name = options.GetValue(_solver)!;
        ITransportSolver solver = Solver(options, name);
        Task rehearsal = Task.Run(() => Rehearse(name), cancellation);
        LossTable losses = NpyFile.ReadLosses(options.GetValue(_loss)!, options.GetValue(_forbid));
        TransportProblem problem = Problem(options, losses);
        rehearsal.Wait(cancellation);
        TransportSolution solution = Solve(solver, problem, cancellation);
        // What is no number is no solution, whoever allows it.
        bool isGood = solution.Converged || (options.GetValue(_allowUnconverged) && double.IsFinite(solution.MarginalError) && double.IsFinite(solution.Value));
        if (isGood)
        {
            WriteFiles(options, problem, solution);
        }

        double epsilon = name == "exact" ? 0 : options.GetValue(_epsilon) * (options.GetValue(_relative) ? losses.MaximumMagnitude : 1);
        if (options.GetValue(_json))
        {
            _console.WriteJson(TransportReport.Json(name, epsilon, problem, solution));
        }
        else
        {
            TransportReport.Print(_console.Text, name, epsilon, problem, solution);
        }

        if (!solution.Converged)
        {
            string consequence = isGood ? "" : double.IsFinite(solution.MarginalError)
                ? " Nothing was written; --allow-unconverged takes it as it is."
                : " Nothing was written: it is no number.";
            _console.Warn($"Not converged: the marginal error is {solution.MarginalError:g3} after {solution.Iterations} iterations.{consequence}");
        }

        return isGood ? ExitCode.Success : ExitCode.Failure;
    }

    private void WriteFiles(ParseResult options, TransportProblem problem, TransportSolution solution)
    {
        if (options.GetValue(_planOut) is { } planPath)
        {
            NpyFile.WritePlan(planPath, solution.Plan);
        }

        if (options.GetValue(_assignmentOut) is { } assignmentPath)
        {
            NpyFile.WriteVector(assignmentPath, solution.Plan.Assignment ?? TransportReport.HardRouting(problem.Losses, solution.RoutePotentials));
        }
    }

    private TransportSolution Solve(ITransportSolver solver, TransportProblem problem, CancellationToken cancellation)
    {
        using SolverProgress progress = new(_console);
        return solver.Solve(problem, progress, cancellation);
    }

    /// <summary>
    /// Solves a small problem of the same kind while the file is read, so that the solver's code is compiled by the time the losses are there.
    /// </summary>
    private static void Rehearse(string name)
    {
        const int rows = 16_384, routes = 8;
        float[] values = new float[rows * routes];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (i * 0.618034f) % 1;
        }

        ITransportSolver solver = name switch
        {
            "newton" => new SemiDualNewtonSolver(),
            "sinkhorn" => new SinkhornSolver { MaxIterations = 5 },
            "sparse" => new SparseTransportSolver { MaxIterations = 5 },
            "unbalanced" => new UnbalancedTransportSolver { MaxIterations = 5 },
            _ => new ExactTransportSolver(),
        };
        double[] shares = [0.2, 0.15, 0.1, 0.05, 0.2, 0.15, 0.1, 0.05];
        solver.Solve(TransportProblem.WithRoutePrior(new LossTable(values, rows, routes), shares));
    }

    private void CheckCombination(ParseResult options)
    {
        bool prior = options.GetValue(_routePrior) is not null, cost = options.GetValue(_cost) is not null;
        bool budget = options.GetValue(_budget) is not null, tilt = options.GetValue(_tilt);
        if (prior == budget)
        {
            throw new UsageException("Give either --route-prior, or --cost with --budget.");
        }

        if (budget && !cost)
        {
            throw new UsageException("--budget needs --cost.");
        }

        bool bounds = options.GetValue(_floor) != 0 || options.GetValue(_ceiling) != 1;
        if (bounds && (prior || tilt))
        {
            throw new UsageException("--floor and --ceiling bound free shares; they do not go with --route-prior or --tilt, which fix the shares.");
        }

        if (tilt && !budget)
        {
            throw new UsageException("--tilt needs --cost with --budget.");
        }

        if (budget && !tilt && options.GetValue(_solver) is ("sinkhorn" or "unbalanced"))
        {
            throw new UsageException($"--solver {options.GetValue(_solver)} needs fixed shares: --route-prior, or --cost with --budget and --tilt.");
        }
    }

    private TransportProblem Problem(ParseResult options, LossTable losses)
    {
        double[] samplePrior = Vector(options.GetValue(_samplePrior), losses.Rows, "samples");
        double[] cost = Vector(options.GetValue(_cost), losses.Routes, "routes");
        if (options.GetValue(_routePrior) is { } path)
        {
            return TransportProblem.WithRoutePrior(losses, Vector(path, losses.Routes, "routes"), samplePrior, cost);
        }

        double budget = options.GetValue(_budget)!.Value;
        if (options.GetValue(_tilt))
        {
            return TransportProblem.WithRoutePrior(losses, RoutePrior.ForBudget(cost, budget), samplePrior, cost);
        }

        double[] floors = Enumerable.Repeat(options.GetValue(_floor), losses.Routes).ToArray();
        double[] ceilings = Enumerable.Repeat(options.GetValue(_ceiling), losses.Routes).ToArray();
        return TransportProblem.WithBudget(losses, cost, budget, floors, ceilings, samplePrior);
    }

    private static double[] Vector(string? path, int length, string axis)
    {
        if (path is null)
        {
            return [];
        }

        double[] values = NpyFile.ReadVector(path);
        return values.Length == length
            ? values
            : throw new DataException($"{path} has {values.Length} values; the losses have {length} {axis}.");
    }

    private ITransportSolver Solver(ParseResult options, string name)
    {
        double epsilon = options.GetValue(_epsilon), tolerance = options.GetValue(_tolerance);
        EpsilonScale scale = options.GetValue(_relative) ? EpsilonScale.FractionOfMaximumLoss : EpsilonScale.Absolute;
        int threads = options.GetValue(_threads);
        int? limit = options.GetValue(_iterations);
        return name switch
        {
            "newton" => new SemiDualNewtonSolver { Epsilon = epsilon, EpsilonScale = scale, Tolerance = tolerance, MaxIterations = limit ?? 500, Threads = threads },
            "sinkhorn" => new SinkhornSolver { Epsilon = epsilon, EpsilonScale = scale, Tolerance = tolerance, MaxIterations = limit ?? 100_000, Threads = threads },
            "sparse" => new SparseTransportSolver
            {
                Epsilon = epsilon, EpsilonScale = scale, Tolerance = tolerance, MaxIterations = limit ?? 1000, Threads = threads, Sparsity = options.GetValue(_sparsity),
            },
            "unbalanced" => new UnbalancedTransportSolver
            {
                Epsilon = epsilon,
                EpsilonScale = scale,
                Tolerance = tolerance,
                MaxIterations = limit ?? 1000,
                Threads = threads,
                RouteRelaxation = options.GetValue(_rho),
                SampleRelaxation = options.GetValue(_rhoSamples) ?? double.PositiveInfinity,
                Mass = options.GetValue(_mass),
            },
            _ => new ExactTransportSolver { Threads = threads },
        };
    }
}
