namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>How strongly a <see cref="LogPool"/> is held to a plain weighted pool.</summary>
/// <param name="Bias">Penalty on the bias; infinite for no bias.</param>
/// <param name="Mixing">Penalty on the matrices; infinite for no matrices.</param>
internal readonly record struct PoolPenalty(double Bias, double Mixing)
{
    /// <summary>Penalties to choose from, the strongest first.</summary>
    public static IReadOnlyList<PoolPenalty> Candidates { get; } =
    [
        new(double.PositiveInfinity, double.PositiveInfinity),
        new(30, double.PositiveInfinity),
        new(3, double.PositiveInfinity),
        new(3, 300),
        new(1, 100),
        new(1, 30),
    ];

    public bool HasBias => double.IsFinite(Bias);

    public bool HasMixing => double.IsFinite(Mixing);
}
