namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>A box with sides parallel to the axes, in pixels: x to the right, y down, corners at the edges of pixels and not at their centres.</summary>
/// <param name="X0">Left edge.</param>
/// <param name="Y0">Upper edge.</param>
/// <param name="X1">Right edge.</param>
/// <param name="Y1">Lower edge.</param>
internal readonly record struct Box(float X0, float Y0, float X1, float Y1)
{
    public float Width => Math.Max(0, X1 - X0);

    public float Height => Math.Max(0, Y1 - Y0);

    /// <summary>Square pixels; 0 where the corners are in the wrong order.</summary>
    public float Area => Width * Height;

    public float CentreX => (X0 + X1) / 2;

    public float CentreY => (Y0 + Y1) / 2;

    /// <summary>A box of its centre and size.</summary>
    public static Box OfCentre(float x, float y, float width, float height) =>
        new(x - (width / 2), y - (height / 2), x + (width / 2), y + (height / 2));

    /// <summary>Square pixels in both boxes.</summary>
    public float Intersection(in Box other) =>
        Math.Max(0, Math.Min(X1, other.X1) - Math.Max(X0, other.X0)) * Math.Max(0, Math.Min(Y1, other.Y1) - Math.Max(Y0, other.Y0));

    /// <summary>Intersection over union, 0 to 1; 0 where both boxes have no area.</summary>
    public double IoU(in Box other)
    {
        // The quotient in double precision: of boxes on whole pixels it is on the right side of a threshold.
        var both = Intersection(other);
        var union = (double)Area + other.Area - both;
        return union > 0 ? both / union : 0;
    }

    /// <summary>The part of the box within an image.</summary>
    public Box Within(float width, float height) =>
        new(Math.Clamp(X0, 0, width), Math.Clamp(Y0, 0, height), Math.Clamp(X1, 0, width), Math.Clamp(Y1, 0, height));

    /// <summary>Whether a point is in the box.</summary>
    public bool Contains(float x, float y) => x >= X0 && x <= X1 && y >= Y0 && y <= Y1;
}
