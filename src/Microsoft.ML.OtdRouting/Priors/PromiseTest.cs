namespace Microsoft.ML.OtdRouting;

/// <summary>The test of a promise at one budget, on images that the router was not fitted to.</summary>
/// <param name="Budget">The budget, in the router's unit of cost.</param>
/// <param name="Quality">The router's primary measure.</param>
/// <param name="Reference">That of the largest resolution, calibrated, on the same images; or the value that was promised.</param>
/// <param name="Gains">Images on which the router is better than the largest resolution; of a promised value, those it is right on.</param>
/// <param name="Losses">Images on which it is worse; of a promised value, those it is wrong on.</param>
/// <param name="PValue">The chance, at most, of figures as good as these if the promise were not true.</param>
public sealed record PromiseTest(double Budget, double Quality, double Reference, int Gains, int Losses, double PValue)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"quality {Quality:P2} against {Reference:P2} ({Gains} images better, {Losses} worse), p = {PValue:0.####}");
}
