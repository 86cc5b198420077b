namespace Microsoft.ML.OtdRouting.Serving;

/// <summary>What becomes of rows that fail, and how many have, over all passes of a transformer. Safe for concurrent use.</summary>
/// <param name="action">What is done with them.</param>
/// <param name="warn">Takes warnings.</param>
internal sealed class RowFailures(RowFailureAction action, Action<string> warn)
{
    /// <summary>A folder of broken files must not fill the log.</summary>
    private const int MostWarnings = 20;

    private long _failed;
    private long _fallenBack;
    private int _warnings;

    /// <summary>What is done with rows that fail.</summary>
    public RowFailureAction Action => action;

    /// <summary>Rows without an answer.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Rows that another route has answered.</summary>
    public long FallenBack => Interlocked.Read(ref _fallenBack);

    /// <summary>Counts and logs a row without an answer, or throws.</summary>
    /// <param name="problem">Names the row, and what is wrong.</param>
    /// <param name="cause">What was thrown; null for nothing.</param>
    /// <exception cref="InvalidOperationException">Rows must not fail.</exception>
    public void Fail(string problem, Exception? cause)
    {
        if (action == RowFailureAction.Fail)
        {
            throw new InvalidOperationException(problem, cause);
        }

        Interlocked.Increment(ref _failed);
        Warn($"{problem} The row has missing values.");
    }

    /// <summary>Counts and logs a row that another route answers.</summary>
    /// <param name="problem">Names the row, and what was wrong.</param>
    /// <param name="route">The route that answers.</param>
    public void FallBack(string problem, string route)
    {
        Interlocked.Increment(ref _fallenBack);
        Warn($"{problem} Route {route} answers.");
    }

    private void Warn(string message)
    {
        var count = Interlocked.Increment(ref _warnings);
        if (count <= MostWarnings)
        {
            warn(message);
        }

        if (count == MostWarnings)
        {
            warn("Further rows that fail are counted, but no longer logged one by one.");
        }
    }
}
