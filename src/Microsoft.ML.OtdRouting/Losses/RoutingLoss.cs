namespace Microsoft.ML.OtdRouting;

/// <summary>What a router minimises: the loss that it counts when an image goes to a route.</summary>
public sealed class RoutingLoss
{
    private readonly RouteLossFunction _function;

    private RoutingLoss(string name, bool needsLabel, RouteLossFunction function)
    {
        Name = name;
        NeedsLabel = needsLabel;
        _function = function;
    }

    /// <summary>
    /// The 0/1 loss of the route's prediction, smoothed: one minus the mean of the probabilities that the route itself and the most expensive
    /// route give to the class it predicts. The labels enter through the calibration of these probabilities; where they are calibrated, the
    /// expectation is that of the 0/1 loss, with far less variance, so a predictor learns it from fewer images.
    /// </summary>
    public static RoutingLoss SmoothedError { get; } =
        new(nameof(SmoothedError), true, (probabilities, _, reference) =>
        {
            var predicted = ArgMax(probabilities);
            return 1 - (0.5f * (probabilities[predicted] + reference[predicted]));
        });

    /// <summary>
    /// One minus the probability of the true class: the expected 0/1 loss of a prediction drawn from the probabilities. Bounded, and
    /// smoother than counting mistakes.
    /// </summary>
    public static RoutingLoss ExpectedError { get; } =
        new(nameof(ExpectedError), true, (probabilities, label, _) => 1 - probabilities[label]);

    /// <summary>Minus the logarithm of the probability of the true class, at most 16.</summary>
    public static RoutingLoss CrossEntropy { get; } =
        new(nameof(CrossEntropy), true, (probabilities, label, _) => -MathF.Log(MathF.Max(probabilities[label], 1.125e-7f)));

    /// <summary>0 when the most probable class is the true one, else 1.</summary>
    public static RoutingLoss ZeroOne { get; } =
        new(nameof(ZeroOne), true, (probabilities, label, _) => ArgMax(probabilities) == label ? 0 : 1);

    /// <summary>
    /// Needs no labels: the probability that the most expensive route gives to another class than the one this route predicts.
    /// </summary>
    public static RoutingLoss Disagreement { get; } =
        new(nameof(Disagreement), false, (probabilities, _, reference) => 1 - reference[ArgMax(probabilities)]);

    /// <summary>Needs no labels: the Kullback–Leibler divergence of this route from the most expensive one.</summary>
    public static RoutingLoss Divergence { get; } = new(nameof(Divergence), false, KullbackLeibler);

    /// <summary>Name, for reports.</summary>
    public string Name { get; }

    /// <summary>Whether every fitting row must have a label.</summary>
    public bool NeedsLabel { get; }

    /// <summary>The losses above, by name.</summary>
    internal static IReadOnlyDictionary<string, RoutingLoss> Known { get; } =
        new[] { SmoothedError, ExpectedError, CrossEntropy, ZeroOne, Disagreement, Divergence }.ToDictionary(l => l.Name);

    /// <summary>A loss of the user's.</summary>
    /// <param name="name">Name, for reports.</param>
    /// <param name="function">Gives a finite loss.</param>
    /// <param name="needsLabel">Whether every fitting row must have a label.</param>
    public static RoutingLoss Custom(string name, RouteLossFunction function, bool needsLabel = true)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(function);
        return new RoutingLoss(name, needsLabel, function);
    }

    /// <summary>The loss in which a router that minimises this one is measured: one of the true labels, where there are labels.</summary>
    internal RoutingLoss Measured => ReferenceEquals(this, SmoothedError) ? ExpectedError : this;

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal float Compute(ReadOnlySpan<float> probabilities, int label, ReadOnlySpan<float> reference) =>
        _function(probabilities, label, reference);

    /// <summary>Index of the largest number; the first of equal ones.</summary>
    internal static int ArgMax(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
            {
                best = i;
            }
        }

        return best;
    }

    private static float KullbackLeibler(ReadOnlySpan<float> probabilities, int label, ReadOnlySpan<float> reference)
    {
        var sum = 0.0;
        for (var i = 0; i < reference.Length; i++)
        {
            if (reference[i] > 0)
            {
                sum += reference[i] * (Math.Log(reference[i]) - Math.Log(Math.Max(probabilities[i], 1e-9)));
            }
        }

        return (float)sum;
    }
}
