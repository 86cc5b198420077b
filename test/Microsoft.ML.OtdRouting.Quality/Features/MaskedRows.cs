using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>What a router does on every image at each budget, in the mean over the times that an image was tested.</summary>
/// <param name="budgets">Number of budgets.</param>
/// <param name="images">Number of images.</param>
internal sealed class MaskedRows(int budgets, int images)
{
    private readonly double[,] _quality = new double[budgets, images];
    private readonly double[] _cost = new double[budgets];
    private readonly int[] _tested = new int[images];
    private int _tests;

    /// <summary>Adds a test of some of the images.</summary>
    /// <param name="rows">The images.</param>
    /// <param name="quality">Quality of each, at a budget.</param>
    /// <param name="cost">Mean cost at a budget, of the budget.</param>
    public void Add(IReadOnlyList<int> rows, Func<int, double[]> quality, Func<int, double> cost)
    {
        for (var b = 0; b < _cost.Length; b++)
        {
            var own = quality(b);
            for (var i = 0; i < rows.Count; i++)
            {
                _quality[b, rows[i]] += own[i];
            }

            _cost[b] += cost(b);
        }

        foreach (var row in rows)
        {
            _tested[row]++;
        }

        _tests++;
    }

    /// <summary>Mean quality at a budget.</summary>
    public double Quality(int budget) => Enumerable.Range(0, _tested.Length).Average(row => _quality[budget, row] / _tested[row]);

    /// <summary>Mean quality over all budgets.</summary>
    public double MeanQuality => Enumerable.Range(0, _cost.Length).Average(Quality);

    /// <summary>By how far the mean cost is off a budget, at most.</summary>
    public double LargestExcess => _cost.Max(c => Math.Abs((c / _tests) - 1));

    /// <summary>The mean difference to another router, image by image, with its 95 % interval over the images.</summary>
    /// <param name="other">The other one, on the same images.</param>
    /// <param name="at">The budgets that are averaged.</param>
    public (double Mean, ConfidenceInterval Interval) Against(MaskedRows other, params IReadOnlyList<int> at)
    {
        var differences = Enumerable.Range(0, _tested.Length)
            .Select(row => (float)at.Average(b => (_quality[b, row] - other._quality[b, row]) / _tested[row]))
            .ToArray();
        return (differences.Average(d => (double)d), Bootstrap.Mean(differences));
    }
}
