namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>A solver's report after an iteration.</summary>
/// <param name="Iteration">Iterations so far, counted as in <see cref="TransportSolution.Iterations"/>.</param>
/// <param name="MarginalError">Marginal error of the current duals (of the current subsample in a warm start).</param>
/// <param name="Epsilon">Regularisation the solver works at now, in units of loss; 0 for none.</param>
public readonly record struct TransportProgress(int Iteration, double MarginalError, double Epsilon);
