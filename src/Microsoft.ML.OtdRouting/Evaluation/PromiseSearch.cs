using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>
/// Finds the smallest budget at which a router keeps a promise, by fixed-sequence testing on rows that it was not fitted to: budgets are tested from generous to mean,
/// each at the whole level, until the first that fails (Angelopoulos et al. 2021, "Learn then Test", §2.3).
/// </summary>
/// <param name="target">What is promised.</param>
/// <param name="prior">What is prescribed about the shares of the routes.</param>
/// <param name="fitted">The router.</param>
/// <param name="largest">Quality of the largest resolution alone, calibrated, on every row; NaN without truth.</param>
/// <param name="route">Quality of a router at a budget on every row.</param>
internal sealed class PromiseSearch(QualityTarget target, RoutingPrior prior, FittedRouter fitted, double[] largest, Func<RouterMix, double[]> route)
{
    /// <summary>Budgets from that of the largest resolution down to nothing.</summary>
    private const int Steps = 50;

    /// <summary>The part of the level that may be spent on not knowing how often router and largest resolution differ.</summary>
    private const double MissPart = 0.02;

    /// <summary>Parts of numbers that are none of −1, 0 and 1 are rounded by these random numbers: always the same.</summary>
    private const int Seed = 20250117;

    private readonly double _level = 1 - target.Confidence;

    /// <summary>A search on rows that were kept back: what passes there is a promise.</summary>
    /// <param name="target">What is promised.</param>
    /// <param name="prior">What is prescribed about the shares of the routes.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="windowSize">Rows that are routed together.</param>
    public static PromiseSearch On(QualityTarget target, RoutingPrior prior, ComparedRows rows, int windowSize)
    {
        var alone = rows.Alone.Quality;
        return new PromiseSearch(target, prior, rows.Fitted, PolicyRows.QualityOf(alone, _ => alone.Routes - 1), router =>
        {
            var chosen = rows.Choose(router, BudgetEnforcement.Calibrated, windowSize);
            return PolicyRows.QualityOf(rows.Outcomes(router).Quality, row => chosen[row]);
        });
    }

    /// <summary>A search on the fitting rows, each answered and routed by parts that have not seen it: an estimate of the budget, and no promise.</summary>
    /// <param name="target">What is wanted.</param>
    /// <param name="prior">What is prescribed about the shares of the routes.</param>
    /// <param name="fitted">The router.</param>
    public static PromiseSearch OnHeldOutRows(QualityTarget target, RoutingPrior prior, FittedRouter fitted)
    {
        var alone = fitted.Alone.Outcomes.Quality;
        return new PromiseSearch(target, prior, fitted, PolicyRows.QualityOf(alone, _ => alone.Routes - 1), router =>
        {
            var chosen = router.ChooseHeldOut(fitted.Positions);
            return PolicyRows.QualityOf(router.Join(c => c.Outcomes).Quality, row => chosen[row]);
        });
    }

    /// <summary>The promise that the rows support.</summary>
    /// <param name="log">Is told of every test: the budget, as a part of the largest resolution's cost, and what came of it.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="InvalidOperationException">
    /// No row has a truth, or the most generous budget fails; the message says how many images would do.
    /// </exception>
    public QualityPromise Find(Action<string> log, CancellationToken cancellationToken)
    {
        var (tests, rows) = Run(log, cancellationToken);
        return tests[0].PValue <= _level ? new QualityPromise(target, rows, tests) : throw Unsupported(tests[0], rows);
    }

    /// <summary>The smallest budget that passes, or that of the largest resolution where none does.</summary>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="InvalidOperationException">No row has a truth.</exception>
    public double Estimate(CancellationToken cancellationToken)
    {
        var (tests, _) = Run(_ => { }, cancellationToken);
        return (tests.LastOrDefault(t => t.PValue <= _level) ?? tests[0]).Budget;
    }

    /// <summary>Tests budgets until one fails.</summary>
    private (IReadOnlyList<PromiseTest> Tests, int Rows) Run(Action<string> log, CancellationToken cancellationToken)
    {
        var known = Enumerable.Range(0, largest.Length).Where(row => !double.IsNaN(largest[row])).ToArray();
        if (known.Length == 0)
        {
            throw new InvalidOperationException(
                $"{nameof(QualityTarget)}: none of the {largest.Length} images to test on has a truth that a promise could be tested by.");
        }

        var test = new SignTest(known.Length);
        var random = new Random(Seed);
        var draws = Array.ConvertAll(known, _ => random.NextDouble());
        var tests = new List<PromiseTest>();
        var (whole, cheapest) = (fitted.Alone.Model.Routes[^1].Cost, fitted.Whole.Routes[0].Cost);
        for (var step = Steps; step > 0 && (tests.Count == 0 || tests[^1].PValue <= _level); step--)
        {
            var fraction = (double)step / Steps;
            if (fraction * whole < cheapest)
            {
                break;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var next = Test(test, fraction * whole, known, draws, cancellationToken);
            tests.Add(next);
            log(FormattableString.Invariant($"Budget {fraction:P0} of the largest resolution: {next}{(next.PValue <= _level ? "" : ": not promised")}."));
        }

        return (tests, known.Length);
    }

    private PromiseTest Test(SignTest test, double budget, int[] known, double[] draws, CancellationToken cancellationToken)
    {
        var routed = route(fitted.At(budget, prior, cancellationToken));
        var (gains, losses, quality, reference) = (0, 0, 0.0, 0.0);
        for (var i = 0; i < known.Length; i++)
        {
            var own = routed[known[i]];
            var other = target.Quality is null ? largest[known[i]] : 0;
            quality += own;
            reference += other;
            // A number between two whole ones becomes one of them, with the same mean; the answers of most tasks are right or wrong.
            var difference = own - other;
            var whole = Math.Floor(difference + draws[i]);
            gains += whole > 0 ? 1 : 0;
            losses += whole < 0 ? 1 : 0;
        }

        losses = target.Quality is null ? losses : known.Length - gains;
        return new PromiseTest(
            budget, quality / known.Length, target.Quality ?? (reference / known.Length), gains, losses, PValue(test, gains, losses));
    }

    private double PValue(SignTest test, int gains, int losses) => target.Points is { } points
        ? test.PValue(gains, losses, points / 100, MissPart * _level)
        : BinomialTail.AtLeast(test.Rows, gains, target.Quality!.Value);

    /// <summary>What to say where even the most generous budget fails.</summary>
    private InvalidOperationException Unsupported(PromiseTest test, int kept)
    {
        var advice = Needed(test, kept) is { } more
            ? FormattableString.Invariant(
                $"If others are like them, {more:N0} would, which takes {Math.Ceiling(more / target.KeptBack):N0} images in all, of which {target.KeptBack:P0} are kept back.")
            : "No number of images like these would: promise less.";
        return new InvalidOperationException(FormattableString.Invariant(
            $"{nameof(QualityTarget)}: {kept:N0} images that were kept back do not support the promise ({target}). At the cost of the largest resolution they have {test}, and p must be at most {_level:0.####}. {advice}"));
    }

    /// <summary>How many images support the promise if those are right that differ now, in the same proportions; null where none do.</summary>
    private int? Needed(PromiseTest test, int kept)
    {
        const int Most = 1_000_000;
        bool Supports(int count)
        {
            int Scaled(int of) => (int)Math.Round((double)of * count / kept);
            return PValue(new SignTest(count), Scaled(test.Gains), Scaled(test.Losses)) <= _level;
        }

        if (!Supports(Most))
        {
            return null;
        }

        var (low, high) = (kept, Most);
        while (high - low > (low / 100) + 1)
        {
            var middle = (low + high) / 2;
            (low, high) = Supports(middle) ? (low, middle) : (middle, high);
        }

        return high;
    }
}
