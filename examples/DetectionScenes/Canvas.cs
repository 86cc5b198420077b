using SceneParts;

namespace DetectionScenes;

/// <summary>A picture that is being drawn: a colour a pixel, 1 is as bright as a picture gets.</summary>
public sealed class Canvas
{
    private readonly Vector[] _pixels = new Vector[GarmentScene.Side * GarmentScene.Side];

    /// <summary>A pixel.</summary>
    public ref Vector this[int x, int y] => ref _pixels[(y * GarmentScene.Side) + x];

    /// <summary>Planes of red, green and blue, whole numbers from 0 to 255.</summary>
    public float[] ToPlanes()
    {
        var planes = new float[3 * _pixels.Length];
        for (var i = 0; i < _pixels.Length; i++)
        {
            var colour = _pixels[i];
            (planes[i], planes[_pixels.Length + i], planes[(2 * _pixels.Length) + i]) = (Level(colour.X), Level(colour.Y), Level(colour.Z));
        }

        return planes;
    }

    private static float Level(double value) => (float)Math.Floor((255 * Math.Clamp(value, 0, 1)) + 0.5);
}
