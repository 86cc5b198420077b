using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Serving;

/// <summary>What has failed in a window: at which resolutions, which slots have no answer, and which routes are left. Not safe for concurrent use.</summary>
/// <param name="policy">The routes.</param>
/// <param name="failures">What becomes of rows that fail.</param>
/// <param name="capacity">Slots.</param>
/// <param name="describeRow">Names the row in a slot, for messages.</param>
internal sealed class FailedSlots(PolicyMix policy, RowFailures failures, int capacity, Func<int, string> describeRow)
{
    private readonly int[] _resolutionsOf = policy.Routes.Select(route => route.Resolutions.Aggregate(0, (bits, r) => bits | (1 << r))).ToArray();
    private readonly int[] _failed = new int[capacity];
    private readonly bool[] _out = new bool[capacity];
    private readonly Dictionary<int, (string Problem, Exception? Cause)> _problems = [];
    private readonly Dictionary<int, (string Problem, Exception? Cause)> _reasons = [];
    private bool _anyOut;

    /// <summary>Whether anything has failed.</summary>
    public bool Any => _anyOut || _problems.Count > 0;

    /// <summary>Whether a slot can get another route, or none, after its route was chosen.</summary>
    public bool MayChangeRoutes => failures.Action != RowFailureAction.Fail;

    /// <summary>Whether a slot has no answer.</summary>
    public bool IsOut(int slot) => _out[slot];

    /// <summary>Why a slot has no answer, and what was thrown, if anything.</summary>
    public (string Problem, Exception? Cause) Reason(int slot) => _reasons[slot];

    /// <summary>Whether a resolution has failed on a slot.</summary>
    public bool HasFailed(int slot) => _failed[slot] != 0;

    /// <summary>Whether a resolution of a route has failed on a slot.</summary>
    public bool HasFailed(int slot, int route) => (_failed[slot] & _resolutionsOf[route]) != 0;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        if (Any)
        {
            Array.Clear(_failed);
            Array.Clear(_out);
            _problems.Clear();
            _reasons.Clear();
            _anyOut = false;
        }
    }

    /// <summary>Takes a slot out whose image cannot be read, or throws.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="problem">What is wrong.</param>
    /// <exception cref="InvalidOperationException">Rows must not fail; the message names the row.</exception>
    public void LeaveOut(int slot, InvalidOperationException problem) =>
        LeaveOut(slot, $"{describeRow(slot)}: {problem.Message}", problem.InnerException ?? problem);

    /// <summary>Takes note of a resolution that has failed on a slot: a slot for which no other route may answer is out.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="cause">What was thrown; null for nothing.</param>
    /// <exception cref="InvalidOperationException">Rows must not fail.</exception>
    public void Add(int resolution, int slot, string problem, Exception? cause)
    {
        if (failures.Action == RowFailureAction.Fallback)
        {
            _failed[slot] |= 1 << resolution;
            _problems.TryAdd(slot, (problem, cause));
        }
        else if (!_out[slot])
        {
            // Of several resolutions that fail on a row, the first one takes it out.
            LeaveOut(slot, $"{describeRow(slot)}: {problem}", cause);
        }
    }

    /// <summary>A route without the resolutions that have failed on a slot, which is out where there is none.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="routeScores">What the routes are worth to it; NaN where that is not known, minus infinity for those it was not offered.</param>
    public int Alternative(int slot, ReadOnlySpan<float> routeScores)
    {
        var best = -1;
        for (var route = 0; route < _resolutionsOf.Length; route++)
        {
            if (!HasFailed(slot, route) && (best < 0 || IsBetter(routeScores[route], policy.Shares[route], routeScores[best], policy.Shares[best])))
            {
                best = route;
            }
        }

        if (best < 0)
        {
            LeaveOut(slot, $"{Describe(slot)} No route does without.", _problems[slot].Cause);
            return 0;
        }

        return best;
    }

    /// <summary>Takes a slot out whose answer is none, or counts it where another route than its own has answered.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="route">The route that answers.</param>
    /// <param name="answer">The answer.</param>
    public void RequireFinite(int slot, int route, ReadOnlySpan<float> answer)
    {
        if (!float.IsFinite(TensorPrimitives.MaxMagnitude(answer)))
        {
            LeaveOut(slot, $"{describeRow(slot)}: the answer of route {policy.Routes[route].Name} has numbers that are not finite.", null);
        }
        else if (HasFailed(slot))
        {
            failures.FallBack(Describe(slot), policy.Routes[route].Name);
        }
    }

    private void LeaveOut(int slot, string problem, Exception? cause)
    {
        // First, since it may throw: then the slot is not out, and fails again when it is asked for again.
        failures.Fail(problem, cause);
        _anyOut = true;
        _out[slot] = true;
        _reasons[slot] = (problem, cause);
    }

    private static bool IsBetter(float score, double share, float bestScore, double bestShare)
    {
        var (offered, bestOffered) = (float.IsFinite(score), float.IsFinite(bestScore));
        return offered == bestOffered ? (offered ? score > bestScore : share > bestShare) : offered;
    }

    private string Describe(int slot) => $"{describeRow(slot)}: {_problems[slot].Problem}";
}
