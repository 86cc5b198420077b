namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>A small settings object that solves transport problems. Solvers hold no state between calls and may be shared by threads.</summary>
public interface ITransportSolver
{
    /// <summary>Solves a problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="progress">Receives a report after each iteration; null for none.</param>
    /// <param name="cancellationToken">Cancels between passes over the table.</param>
    /// <returns>The solution; check <see cref="TransportSolution.Converged"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="problem"/> is null.</exception>
    /// <exception cref="ArgumentException">A setting is outside its interval, or the solver cannot pose this kind of problem.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    TransportSolution Solve(TransportProblem problem, IProgress<TransportProgress>? progress = null, CancellationToken cancellationToken = default);
}
