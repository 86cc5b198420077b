namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Assigns the rows of a window together. Of a mix, every part gets its share of the rows, in whole numbers with what rounding leaves carried on, those
/// of the lowest positions first; what the other parts spent beside their due is made up for by the part that has most routes to do it with. So the
/// cumulative cost keeps to the budget as that of a single policy does.
/// </summary>
internal sealed class WindowAssigner : RouteAssigner
{
    private readonly PolicyMix _mix;
    private readonly PartWindowAssigner[] _assigners;
    private readonly int[] _order;
    private readonly long[] _rowsOfPart;
    private readonly double _step;
    private float[] _scores = [];
    private int[] _chosen = [];
    private long _rows;

    public WindowAssigner(PolicyMix mix)
    {
        _mix = mix;
        _assigners = mix.Parts.Select(p => new PartWindowAssigner(p.Policy.Calibration, p.Routes)).ToArray();
        _order = Enumerable.Range(0, mix.Parts.Count).OrderBy(p => mix.Parts[p].Routes.Count).ToArray();
        _rowsOfPart = new long[mix.Parts.Count];
        _step = _assigners.Max(a => a.MeanCost) - _assigners.Min(a => a.MeanCost);
    }

    public override void AssignParts(ReadOnlySpan<int> positions, Span<int> parts)
    {
        parts.Clear();
        _rows += parts.Length;
        if (_mix.Parts.Count == 1)
        {
            _rowsOfPart[0] = _rows;
            return;
        }

        var rows = Enumerable.Range(0, parts.Length).ToArray();
        Array.Sort(positions.ToArray(), rows);
        var next = 0;
        for (var part = 0; part < _rowsOfPart.Length; part++)
        {
            var due = Math.Max(0, (long)Math.Round(_mix.Parts[part].Share * _rows) - _rowsOfPart[part]);
            var count = part == _rowsOfPart.Length - 1 ? parts.Length - next : (int)Math.Min(due, parts.Length - next);
            _rowsOfPart[part] += count;
            for (; count > 0; count--)
            {
                parts[rows[next++]] = part;
            }
        }
    }

    public override void Assign(ReadOnlySpan<float> routeScores, ReadOnlySpan<int> parts, Span<int> routes)
    {
        if (_chosen.Length < routes.Length)
        {
            _chosen = new int[routes.Length];
            _scores = new float[routeScores.Length];
        }

        foreach (var part in _order)
        {
            var (places, count) = (_mix.PlacesOf(part), 0);
            for (var row = 0; row < parts.Length; row++)
            {
                for (var k = 0; parts[row] == part && k < places.Count; k++)
                {
                    _scores[count++] = routeScores[(row * _mix.Routes.Count) + places[k]];
                }
            }

            var chosen = _chosen.AsSpan(0, count / places.Count);
            _assigners[part].Assign(_scores.AsSpan(0, count), chosen, _order.Length > 1 && part == _order[^1] ? Target(part) : null);
            for (int row = 0, i = 0; row < parts.Length; row++)
            {
                if (parts[row] == part)
                {
                    routes[row] = places[chosen[i++]];
                }
            }
        }
    }

    /// <summary>
    /// What the rows of a part are to cost so far: what they are due, with what is left of the other parts' due. The parts' whole numbers of rows are half
    /// a row off their shares to either side, while the cost of a part is only ever short of its due, by up to one row: half a row more of the difference
    /// between parts keeps both together within one.
    /// </summary>
    private double Target(int part) => _assigners.Select((a, p) => (_rowsOfPart[p] * a.MeanCost) - (p == part ? 0 : a.UsedCost)).Sum() + (_step / 2);
}
