using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Watches whether images are still like those of the fit: three tests on ranks among the fit's held-out rows and all rows since. The chance that any of them
/// ever raises a false alarm is at most the rate: each may use a third of it. An alarm is raised once. Safe for concurrent use.
/// </summary>
/// <remarks>
/// The route is that of the fit's prices alone, whatever a controller or a window made of it. Which part a row is in follows from the hash of its content, and
/// so from nothing that it shows: ranks are taken within the part. Rows of parts with one route are not watched, since nothing is predicted of them.
/// </remarks>
internal sealed class DriftMonitor
{
    /// <summary>How many rows the means of an alarm are worth.</summary>
    private const double Memory = 1_000;

    private static readonly DriftStatistic[] Statistics = [DriftStatistic.Cost, DriftStatistic.Shares, DriftStatistic.PredictedLoss];

    private readonly object _gate = new();
    private readonly PolicyMix _mix;
    private readonly double _rate;
    private readonly Action<DriftEventArgs> _raise;
    private readonly DriftReference?[] _references;
    private readonly SmoothedRank?[] _routeRanks;
    private readonly SmoothedRank?[] _lossRanks;
    private readonly int[] _cheapest;
    private readonly double[] _promised;
    private readonly double[] _shares;
    private readonly double _promisedLoss;
    // Coarse bets are the sooner sure that rows cost more or less, fine ones see what leaves the mean cost as it was.
    private readonly RankMartingale[] _martingales = [new(4), new(10), new(10)];
    private readonly bool[] _raised = new bool[Statistics.Length];
    private double _loss;
    private double _weight;
    private long _rows;
    private long _watched;

    /// <param name="mix">The policy.</param>
    /// <param name="references">What the fit promises of each part; null for parts with one route.</param>
    /// <param name="rate">Chance that a false alarm is ever raised, at most.</param>
    /// <param name="raise">Gets the alarms, on the thread that scores.</param>
    public DriftMonitor(PolicyMix mix, IReadOnlyList<DriftReference?> references, double rate, Action<DriftEventArgs> raise)
    {
        (_mix, _rate, _raise, _references) = (mix, rate, raise, [.. references]);
        _routeRanks = Array.ConvertAll(_references, r => r is null ? null : new SmoothedRank(r.RouteCounts, own: 1));
        _lossRanks = Array.ConvertAll(_references, r => r is null ? null : new SmoothedRank(r.LossCounts, own: 0));
        _cheapest = Enumerable.Range(0, mix.Parts.Count).Select(p => mix.PlacesOf(p).FirstOrDefault(k => float.IsFinite(mix.Prices[k]))).ToArray();
        _shares = new double[mix.Routes.Count];
        _promised = new double[mix.Routes.Count];
        var rows = references.Sum(r => r?.Rows ?? 0);
        for (var k = 0; k < _promised.Length; k++)
        {
            var (part, route) = mix.Locate(k);
            _promised[k] = (_references[part]?.RouteCounts[route] ?? 0) / rows;
        }

        _promisedLoss = references.Sum(r => r?.LossSum ?? 0) / rows;
    }

    /// <summary>Whether there is anything to watch: a part with a choice.</summary>
    public bool IsWatching => _references.Any(r => r is not null);

    /// <summary>Watches the rows of a window.</summary>
    /// <param name="routeScores">Price minus predicted loss, rows × routes; minus infinity for the routes of other parts.</param>
    /// <param name="parts">The part of every row.</param>
    public void Watch(ReadOnlySpan<float> routeScores, ReadOnlySpan<int> parts)
    {
        List<DriftEventArgs>? alarms = null;
        var count = _mix.Routes.Count;
        lock (_gate)
        {
            for (var row = 0; row < parts.Length; row++)
            {
                _rows++;
                if (_references[parts[row]] is not null)
                {
                    Watch(routeScores.Slice(row * count, count), parts[row]);
                    for (var s = 0; s < Statistics.Length; s++)
                    {
                        if (!_raised[s] && _martingales[s].Capital >= Statistics.Length / _rate)
                        {
                            _raised[s] = true;
                            (alarms ??= []).Add(Alarm(Statistics[s]));
                        }
                    }
                }
            }
        }

        // Outside of the gate: who listens may do what it likes.
        alarms?.ForEach(_raise);
    }

    private void Watch(ReadOnlySpan<float> routeScores, int part)
    {
        var (reference, cheapest) = (_references[part]!, _cheapest[part]);
        var route = ArgMax.Of(routeScores);
        var loss = _mix.Prices[cheapest] - routeScores[cheapest];
        var bin = Array.BinarySearch(reference.Edges, loss);
        var routeRank = _routeRanks[part]!.Next(_mix.Locate(route).Route, Uniform(2 * _watched));
        var lossRank = _lossRanks[part]!.Next(bin < 0 ? ~bin : bin, Uniform((2 * _watched) + 1));
        _watched++;
        for (var s = 0; s < Statistics.Length; s++)
        {
            // After its alarm a capital has nothing more to say, and might grow beyond all numbers.
            if (!_raised[s])
            {
                _martingales[s].Add(Statistics[s] == DriftStatistic.PredictedLoss ? lossRank : routeRank);
            }
        }

        const double Kept = 1 - (1 / Memory);
        (_weight, _loss) = ((_weight * Kept) + 1, (_loss * Kept) + loss);
        for (var k = 0; k < _shares.Length; k++)
        {
            _shares[k] *= Kept;
        }

        _shares[route]++;
    }

    private DriftEventArgs Alarm(DriftStatistic statistic)
    {
        double CostOf(double[] shares, double sum) => shares.Select((s, k) => s * _mix.Routes[k].Cost).Sum() / sum;
        var farthest = Enumerable.Range(0, _shares.Length).MaxBy(k => Math.Abs((_shares[k] / _weight) - _promised[k]));
        var (promised, seen) = statistic switch
        {
            DriftStatistic.Cost => (CostOf(_promised, 1), CostOf(_shares, _weight)),
            DriftStatistic.Shares => (_promised[farthest], _shares[farthest] / _weight),
            _ => (_promisedLoss, _loss / _weight),
        };
        return new DriftEventArgs(
            statistic, statistic == DriftStatistic.Shares ? _mix.Routes[farthest].Name : null, _rows, promised, seen, _rate);
    }

    /// <summary>A number from 0 to 1 for every index, the same in every run: the finaliser of SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private static double Uniform(long index)
    {
        var z = (ulong)(index + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
