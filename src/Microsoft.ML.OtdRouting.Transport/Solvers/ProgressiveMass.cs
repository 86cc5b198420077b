namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The schedule of the mass that progressive partial transport moves: little and confident at first, all of it at the end (Zhang
/// et al., "P²OT: Progressive Partial Optimal Transport for Deep Imbalanced Clustering", ICLR 2024; SP²OT, 2024).
/// </summary>
public static class ProgressiveMass
{
    /// <summary>The mass at a step: <c>m₀ + (1 − m₀) · exp(−5 (1 − t/T)²)</c>, and 1 from step T on.</summary>
    /// <param name="step">Step t ≥ 0.</param>
    /// <param name="steps">Length of the ramp T ≥ 1.</param>
    /// <param name="initial">m₀ in (0, 1]; default 0.1.</param>
    /// <returns>The mass, in (0, 1], never falling with the step.</returns>
    /// <exception cref="ArgumentException">An argument is outside its interval.</exception>
    public static double At(int step, int steps, double initial = 0.1)
    {
        SolverSettings.AtLeast(step, 0, nameof(step));
        SolverSettings.AtLeast(steps, 1, nameof(steps));
        if (!(initial > 0 && initial <= 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"initial is {initial}; it must lie in (0, 1]."), nameof(initial));
        }

        double rest = 1 - Math.Min(1, step / (double)steps);
        return initial + ((1 - initial) * Math.Exp(-5 * rest * rest));
    }
}
