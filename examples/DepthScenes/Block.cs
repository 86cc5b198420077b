namespace DepthScenes;

/// <summary>A box that stands upright, turned about the vertical axis. Rays that begin inside meet its walls from within: a room is one, too.</summary>
/// <param name="centre">Its centre.</param>
/// <param name="half">Half its width, height and depth.</param>
/// <param name="turn">How it is turned.</param>
/// <param name="texture">Its texture.</param>
public sealed class Block(Vector centre, Vector half, Turn turn, Texture texture) : Shape
{
    /// <inheritdoc/>
    public override Hit Meet(Vector from, Vector direction)
    {
        var (p, d) = (turn.BackAboutVertical(from - centre), turn.BackAboutVertical(direction));
        var (enter, leave) = (double.NegativeInfinity, double.PositiveInfinity);
        var (enterAxis, leaveAxis) = (0, 0);
        for (var axis = 0; axis < 3; axis++)
        {
            var (place, way, size) = axis switch { 0 => (p.X, d.X, half.X), 1 => (p.Y, d.Y, half.Y), _ => (p.Z, d.Z, half.Z) };
            if (way == 0)
            {
                if (Math.Abs(place) > size)
                {
                    return Hit.None;
                }

                continue;
            }

            var (near, far) = ((-size - place) / way, (size - place) / way);
            (near, far) = near > far ? (far, near) : (near, far);
            (enter, enterAxis) = near > enter ? (near, axis) : (enter, enterAxis);
            (leave, leaveAxis) = far < leave ? (far, axis) : (leave, leaveAxis);
        }

        var (distance, face) = enter > Least ? (enter, enterAxis) : (leave, leaveAxis);
        if (enter > leave || distance <= Least)
        {
            return Hit.None;
        }

        var side = face switch { 0 => d.X, 1 => d.Y, _ => d.Z } > 0 ? -1.0 : 1.0;
        var normal = face switch { 0 => new Vector(side, 0, 0), 1 => new Vector(0, side, 0), _ => new Vector(0, 0, side) };
        return new Hit(distance, turn.AboutVertical(normal), p + (d * distance), texture);
    }
}
