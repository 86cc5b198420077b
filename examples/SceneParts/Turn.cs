namespace SceneParts;

/// <summary>A turn about an axis, by the tangent of half its angle: such turns need no sine, which differs from machine to machine.</summary>
public readonly struct Turn
{
    private readonly double _cosine;
    private readonly double _sine;

    /// <param name="halfTangent">Tangent of half the angle: 0 for none, 1 for a right angle.</param>
    public Turn(double halfTangent)
    {
        var square = halfTangent * halfTangent;
        _cosine = (1 - square) / (1 + square);
        _sine = 2 * halfTangent / (1 + square);
    }

    /// <summary>Turns a point about the vertical axis, ahead to the right.</summary>
    public Vector AboutVertical(Vector p) => new((_cosine * p.X) + (_sine * p.Z), p.Y, (_cosine * p.Z) - (_sine * p.X));

    /// <summary>Turns it back.</summary>
    public Vector BackAboutVertical(Vector p) => new((_cosine * p.X) - (_sine * p.Z), p.Y, (_cosine * p.Z) + (_sine * p.X));

    /// <summary>Turns a point about the axis to the right, ahead to up.</summary>
    public Vector AboutRight(Vector p) => new(p.X, (_cosine * p.Y) + (_sine * p.Z), (_cosine * p.Z) - (_sine * p.Y));
}
