namespace Microsoft.ML.OtdRouting;

/// <summary>An alarm: images are not like those of the fit any more.</summary>
public sealed class DriftEventArgs : EventArgs
{
    internal DriftEventArgs(DriftStatistic statistic, string? route, long rows, double promised, double seen, double falseAlarmRate) =>
        (Statistic, Route, Rows, Promised, Seen, FalseAlarmRate) = (statistic, route, rows, promised, seen, falseAlarmRate);

    /// <summary>What has left what the fit promised.</summary>
    public DriftStatistic Statistic { get; }

    /// <summary>The route whose share is farthest from what was promised; null for other statistics.</summary>
    public string? Route { get; }

    /// <summary>Rows that the router had routed when the alarm came.</summary>
    public long Rows { get; }

    /// <summary>What the fit promised: the mean cost, the share of the route, or the mean predicted loss, on held-out fitting rows.</summary>
    public double Promised { get; }

    /// <summary>The same of the last thousand rows or so, with weights that fall off.</summary>
    public double Seen { get; }

    /// <summary>The chance, at most, that a router with rows like those of the fit ever raises any alarm.</summary>
    public double FalseAlarmRate { get; }

    /// <summary>One sentence.</summary>
    public override string ToString()
    {
        var what = Statistic switch
        {
            DriftStatistic.Cost => "mean cost at the fit's prices",
            DriftStatistic.Shares => $"share of route {Route} at the fit's prices",
            _ => "mean predicted loss of the cheapest route",
        };
        return $"Images have drifted from those of the fit: {what} {Seen:G4} of late, {Promised:G4} promised; " +
            $"found after {Rows} rows (chance of a false alarm, ever: {FalseAlarmRate:P1}).";
    }
}
