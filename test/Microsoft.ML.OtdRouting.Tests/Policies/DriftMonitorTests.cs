using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

/// <summary>Alarms on streams that are like the fit's rows, and on streams that are not.</summary>
public class DriftMonitorTests
{
    private static readonly double[] Costs = [5, 15, 24, 52];

    [Fact]
    public void Of_two_hundred_streams_like_the_fit_no_more_raise_an_alarm_than_the_rate_says()
    {
        const double Rate = 0.1;
        var streams = 0;
        for (var s = 0; s < 200; s++)
        {
            var rows = new PredictedLosses(6_000, Costs, seed: 1_000 + s);
            streams += Watch(rows, fitted: 1_000, Rate, 1_000..6_000).Count > 0 ? 1 : 0;
        }

        Assert.InRange(streams, 0, (int)(200 * Rate));
    }

    [Theory]
    [InlineData(2f)]
    [InlineData(0.5f)]
    public void Harder_and_easier_rows_raise_every_alarm_once(float factor)
    {
        var rows = Scaled(factor, from: 4_000);
        var alarms = Watch(rows, fitted: 2_000, 0.01, 2_000..8_000);
        Assert.Equal(Enum.GetValues<DriftStatistic>(), alarms.Select(a => a.Statistic).Order());
        foreach (var alarm in alarms)
        {
            Assert.InRange(alarm.Rows, 2_001, 5_000);
            Assert.Equal(0.01, alarm.FalseAlarmRate);
            Assert.Equal(alarm.Statistic == DriftStatistic.Shares, alarm.Route is not null);
            Assert.Contains($"found after {alarm.Rows} rows", alarm.ToString());
            if (alarm.Statistic != DriftStatistic.Shares)
            {
                Assert.Equal(factor > 1, alarm.Seen > alarm.Promised);
            }
        }
    }

    [Fact]
    public void What_was_promised_is_what_the_fitting_rows_say()
    {
        var rows = Scaled(1.5f, from: 2_000);
        var calibration = Calibrate(rows, 2_000);
        var alarms = Watch(rows, fitted: 2_000, 0.01, 2_000..8_000).ToDictionary(a => a.Statistic);
        var chosen = Enumerable.Range(0, 2_000).Select(row => Choose(rows, calibration, row)).ToArray();
        Assert.Equal(chosen.Average(k => Costs[k]), alarms[DriftStatistic.Cost].Promised, 1e-6);
        Assert.Equal(Enumerable.Range(0, 2_000).Average(row => rows.Losses[row * Costs.Length]), alarms[DriftStatistic.PredictedLoss].Promised, 1e-6);
        var route = Array.FindIndex(rows.Routes.ToArray(), r => r.Name == alarms[DriftStatistic.Shares].Route);
        Assert.Equal(chosen.Count(k => k == route) / 2_000.0, alarms[DriftStatistic.Shares].Promised, 1e-9);
    }

    [Fact]
    public void The_same_rows_raise_the_same_alarms_whatever_keeps_the_budget_and_however_they_are_read()
    {
        var rows = Scaled(1.4f, from: 3_000);
        var expected = Watch(rows, 2_000, 0.01, 2_000..8_000).Select(a => $"{a}");
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Watch(rows, 2_000, 0.01, 2_000..8_000, BudgetEnforcement.PerWindow, window: 64).Select(a => $"{a}"));
        Assert.Equal(expected, Watch(rows, 2_000, 0.01, 2_000..8_000, BudgetEnforcement.Controlled, window: 1).Select(a => $"{a}"));
    }

    [Fact]
    public void Parts_with_one_route_are_not_watched()
    {
        var route = new Route([0], ["r0"], 5);
        var mix = new PolicyMix([new PolicyPart(new RoutingPolicy([], PriceFit.OfOne(route, 100, null)), [route], 1)], 5);
        var monitor = new DriftMonitor(mix, [null], 0.5, _ => Assert.Fail("There is nothing to watch."));
        Assert.False(monitor.IsWatching);
        monitor.Watch(new float[10_000], new int[10_000]);
    }

    /// <summary>Rows whose losses are a multiple of what they would be, from some row on.</summary>
    private static PredictedLosses Scaled(float factor, int from)
    {
        var losses = new PredictedLosses(8_000, Costs, seed: 7).Losses;
        for (var i = from * Costs.Length; i < losses.Length; i++)
        {
            losses[i] *= factor;
        }

        return new PredictedLosses(losses, Costs);
    }

    private static PriceCalibration Calibrate(PredictedLosses rows, int fitted) =>
        new PredictedLosses(rows.Losses[..(fitted * Costs.Length)], Costs).Calibrate(RoutingPrior.BudgetOnly(), 18);

    private static int Choose(PredictedLosses rows, PriceCalibration calibration, int row) =>
        Enumerable.Range(0, Costs.Length).MaxBy(k => calibration.Prices[k] - rows.Losses[(row * Costs.Length) + k]);

    private static List<DriftEventArgs> Watch(
        PredictedLosses rows, int fitted, double rate, Range stream, BudgetEnforcement enforcement = BudgetEnforcement.Calibrated, int window = 256)
    {
        var calibration = Calibrate(rows, fitted);
        var mix = rows.Policy(calibration);
        var losses = Enumerable.Range(0, fitted).Select(row => rows.Losses[row * Costs.Length]).Order().ToArray();
        var edges = Enumerable.Range(1, 19).Select(b => losses[b * fitted / 20]).ToArray();
        var counts = edges.Append(float.PositiveInfinity).Select((edge, b) => (double)losses.Count(l => l <= edge && (b == 0 || l > edges[b - 1]))).ToArray();
        counts[^1]++;
        var routes = new double[Costs.Length];
        for (var row = 0; row < fitted; row++)
        {
            routes[Choose(rows, calibration, row)]++;
        }

        var alarms = new List<DriftEventArgs>();
        var monitor = new DriftMonitor(mix, [new DriftReference(edges, counts, routes, losses.Sum(l => (double)l))], rate, alarms.Add);
        var controller = new BudgetController(calibration.MeanCost, Costs[^1], -0.3, 0.8);
        var streamed = new PredictedLosses(rows.Losses[(stream.Start.Value * Costs.Length)..(stream.End.Value * Costs.Length)], Costs);
        streamed.Run(RouteAssigner.Create(enforcement, mix, controller, monitor), calibration, window, (_, _) => { });
        return alarms;
    }
}
