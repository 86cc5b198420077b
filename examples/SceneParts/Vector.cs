namespace SceneParts;

/// <summary>A point or a direction in metres: x to the right, y up, z ahead. Of double precision and without fused operations, so that a scene has the same bits everywhere.</summary>
/// <param name="X">To the right.</param>
/// <param name="Y">Up.</param>
/// <param name="Z">Ahead.</param>
public readonly record struct Vector(double X, double Y, double Z)
{
    /// <summary>The length.</summary>
    public double Length => Math.Sqrt(Dot(this));

    /// <summary>The direction of it, of the length one.</summary>
    public Vector Unit => this * (1 / Length);

    /// <summary>The sum.</summary>
    public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>The difference.</summary>
    public static Vector operator -(Vector a, Vector b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    /// <summary>The multiple.</summary>
    public static Vector operator *(Vector a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);

    /// <summary>The product.</summary>
    public double Dot(Vector other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);
}
