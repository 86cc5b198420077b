namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Decides every row alone, at the price of cost of a controller that it shares with other passes. Of a mix, the price also moves the share of the
/// cheapest part (above zero) or of the dearest (below), which has them all at a quarter of the price's range: between two corners of the frontier,
/// shares trade cost for loss at the best rate there is, and prices only at a worse one.
/// </summary>
internal sealed class ControlledAssigner : RouteAssigner
{
    /// <summary>Part of the price's range at which one part has all rows.</summary>
    private const double ShareRange = 0.25;

    private readonly PolicyMix _mix;
    private readonly BudgetController _controller;
    private readonly int _cheapest;
    private readonly int _dearest;

    public ControlledAssigner(PolicyMix mix, BudgetController controller)
    {
        (_mix, _controller) = (mix, controller);
        var byCost = Enumerable.Range(0, mix.Parts.Count).OrderBy(p => mix.Parts[p].Policy.Calibration.MeanCost).ToArray();
        (_cheapest, _dearest) = (byCost[0], byCost[^1]);
    }

    public override void AssignParts(ReadOnlySpan<int> positions, Span<int> parts)
    {
        parts.Clear();
        if (_mix.Parts.Count == 1)
        {
            return;
        }

        // What the rows of the window will cost is not known yet: the debt moves on as if each cost what is planned for its part.
        var debt = _controller.Debt;
        for (var row = 0; row < parts.Length; row++)
        {
            parts[row] = PartOf(positions[row], _controller.PriceAt(debt));
            debt = _controller.After(debt, _mix.Parts[parts[row]].Policy.Calibration.MeanCost);
        }
    }

    public override void Assign(ReadOnlySpan<float> routeScores, ReadOnlySpan<int> parts, Span<int> routes)
    {
        var count = _mix.Routes.Count;
        lock (_controller.Gate)
        {
            for (var row = 0; row < routes.Length; row++)
            {
                routes[row] = _controller.Choose(routeScores.Slice(row * count, count), _mix.Routes);
            }
        }
    }

    private int PartOf(int position, double price)
    {
        var moved = Math.Min(1, price / (ShareRange * (price > 0 ? _controller.HighestPrice : _controller.LowestPrice)));
        var favoured = price > 0 ? _cheapest : _dearest;
        var part = _mix.PartOf(position);
        if (part == favoured || moved <= 0)
        {
            return part;
        }

        // Of the positions of every other part, those nearest to the favoured one go over to it.
        var start = part == 0 ? 0 : _mix.EndOf(part - 1);
        var length = _mix.EndOf(part) - start;
        var distance = favoured < part ? position - start : _mix.EndOf(part) - 1 - position;
        return distance < moved * length ? favoured : part;
    }
}
