namespace Microsoft.ML.OtdRouting;

/// <summary>What kind of function predicts the losses of the routes from the features.</summary>
public sealed class RoutingPredictor
{
    private const int MostHidden = 256;

    private RoutingPredictor(int hidden)
    {
        Hidden = hidden;
    }

    /// <summary>A linear function of the features; its penalty is chosen by cross-validation.</summary>
    public static RoutingPredictor Linear { get; } = new(0);

    /// <summary>Units of the hidden layer; 0 for none.</summary>
    internal int Hidden { get; }

    /// <summary>
    /// The linear function, corrected by a hidden layer of rectified linear units. The layer is trained with weight decay and stopped early on
    /// a fold of its own, always from the same start, so that fits can be repeated. It is kept only where it predicts held-out rows better than
    /// the linear function alone does.
    /// </summary>
    /// <param name="hidden">Units of the hidden layer, from 1 to 256.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="hidden"/> is out of range.</exception>
    public static RoutingPredictor Mlp(int hidden = 32) => hidden is >= 1 and <= MostHidden
        ? new RoutingPredictor(hidden)
        : throw new ArgumentOutOfRangeException(nameof(hidden), hidden, $"The hidden layer has {hidden} units; it must have from 1 to {MostHidden}.");

    /// <inheritdoc/>
    public override string ToString() => Hidden == 0 ? nameof(Linear) : $"{nameof(Mlp)}({Hidden})";
}
