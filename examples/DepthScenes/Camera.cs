namespace DepthScenes;

/// <summary>A pinhole camera.</summary>
/// <param name="place">Where it is.</param>
/// <param name="yaw">How it is turned to the right.</param>
/// <param name="pitch">How it is turned up.</param>
/// <param name="halfWidth">Half the width of what it sees at a depth of one metre; the height follows from the picture's.</param>
public sealed class Camera(Vector place, Turn yaw, Turn pitch, double halfWidth)
{
    /// <summary>Where it is.</summary>
    public Vector Place => place;

    /// <summary>
    /// The ray through a point of the picture. It goes one metre ahead, so that the multiple of it that meets something is the depth of that: its distance
    /// along the camera's axis.
    /// </summary>
    /// <param name="x">From 0 at the left edge to 1 at the right one.</param>
    /// <param name="y">From 0 at the upper edge to 1 at the lower one.</param>
    /// <param name="aspect">Height over width of the picture.</param>
    public Vector Ray(double x, double y, double aspect) => yaw.AboutVertical(pitch.AboutRight(
        new Vector(((2 * x) - 1) * halfWidth, (1 - (2 * y)) * halfWidth * aspect, 1)));
}
