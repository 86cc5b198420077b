namespace RoutingService.Load;

/// <summary>What a run was like.</summary>
/// <param name="Duration">How long it took.</param>
/// <param name="Milliseconds">Time of every answered request.</param>
/// <param name="Right">Answers with the true class.</param>
/// <param name="Errors">Messages of the requests that failed.</param>
public sealed record LoadResult(TimeSpan Duration, double[] Milliseconds, int Right, IReadOnlyList<string> Errors)
{
    /// <summary>The smallest time that this share of the requests did not exceed; the times must be in ascending order.</summary>
    public double Quantile(double share) => Milliseconds[Math.Clamp((int)Math.Ceiling(share * Milliseconds.Length) - 1, 0, Milliseconds.Length - 1)];
}
