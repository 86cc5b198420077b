using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting;

/// <summary>What a router minimises: the loss that it counts when an image goes to a route.</summary>
public sealed class RoutingLoss
{
    private readonly RouteLossFunction _function;

    private RoutingLoss(string name, RouteLossFunction function)
    {
        Name = name;
        _function = function;
    }

    /// <summary>
    /// The 0/1 loss of the route's prediction, smoothed: one minus the mean of the probabilities that the route itself and the most expensive
    /// route give to the class it predicts. The labels enter through the calibration of these probabilities; where they are calibrated, the
    /// expectation is that of the 0/1 loss, with far less variance, so a predictor learns it from fewer images.
    /// </summary>
    public static RoutingLoss SmoothedError { get; } =
        new(nameof(SmoothedError), (probabilities, _, reference) =>
        {
            var predicted = ArgMax.Of(probabilities);
            return 1 - (0.5f * (probabilities[predicted] + reference[predicted]));
        });

    /// <summary>
    /// One minus the probability of the true class: the expected 0/1 loss of a prediction drawn from the probabilities. Bounded, and
    /// smoother than counting mistakes.
    /// </summary>
    public static RoutingLoss ExpectedError { get; } =
        new(nameof(ExpectedError), (probabilities, label, _) => 1 - probabilities[label]);

    /// <summary>Minus the logarithm of the probability of the true class, at most 16.</summary>
    public static RoutingLoss CrossEntropy { get; } =
        new(nameof(CrossEntropy), (probabilities, label, _) => -MathF.Log(MathF.Max(probabilities[label], 1.125e-7f)));

    /// <summary>0 when the most probable class is the true one, else 1.</summary>
    public static RoutingLoss ZeroOne { get; } =
        new(nameof(ZeroOne), (probabilities, label, _) => ArgMax.Of(probabilities) == label ? 0 : 1);

    /// <summary>Name, for reports.</summary>
    public string Name { get; }

    /// <summary>The losses above, by name.</summary>
    internal static IReadOnlyDictionary<string, RoutingLoss> Known { get; } =
        new[] { SmoothedError, ExpectedError, CrossEntropy, ZeroOne }.ToDictionary(l => l.Name);

    /// <summary>A loss of the user's.</summary>
    /// <param name="name">Name, for reports.</param>
    /// <param name="function">Gives a finite loss.</param>
    public static RoutingLoss Custom(string name, RouteLossFunction function)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(function);
        return new RoutingLoss(name, function);
    }

    /// <summary>The loss in which a router that minimises this one is measured: one of the labels.</summary>
    internal RoutingLoss Measured => ReferenceEquals(this, SmoothedError) ? ExpectedError : this;

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal float Compute(ReadOnlySpan<float> probabilities, int label, ReadOnlySpan<float> reference) =>
        _function(probabilities, label, reference);
}
