namespace Microsoft.ML.OtdRouting.Training;

/// <summary>Size of a network's input, in pixels.</summary>
/// <param name="Height">Height.</param>
/// <param name="Width">Width.</param>
public readonly record struct InputSize(int Height, int Width)
{
    /// <summary>What the size is called: <c>28</c>, or <c>28x36</c> where it is not square. The same as <see cref="Resolution.Name"/>.</summary>
    public string Name => Height == Width ? $"{Height}" : $"{Height}x{Width}";

    /// <summary>A square size.</summary>
    /// <param name="side">Height and width, in pixels.</param>
    public static implicit operator InputSize(int side) => new(side, side);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
