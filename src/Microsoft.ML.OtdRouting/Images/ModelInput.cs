namespace Microsoft.ML.OtdRouting.Images;

/// <summary>Makes a model's input of an image: resized, scaled, and laid out as the model wants it. Not safe for concurrent use.</summary>
/// <param name="resizer">From the size at which images are held to the model's.</param>
/// <param name="preprocessing">What the model wants.</param>
internal sealed class ModelInput(ImageResizer resizer, ImagePreprocessing preprocessing)
{
    private readonly TargetPlane[] _planes = [.. Enumerable.Range(0, 3).Select(preprocessing.Plane)];
    private readonly float[] _scratch = new float[resizer.ScratchLength];
    private readonly float[] _planar = preprocessing.Layout == PixelLayout.Planar ? [] : new float[3 * resizer.TargetHeight * resizer.TargetWidth];

    /// <summary>Writes the input of one image.</summary>
    /// <param name="pixels">Planar RGB, 0..255, at the size at which images are held.</param>
    /// <param name="target">As many floats as the model takes of an image.</param>
    public void Write(ReadOnlySpan<float> pixels, Span<float> target)
    {
        if (preprocessing.Layout == PixelLayout.Planar)
        {
            resizer.Resize(pixels, target, _planes, _scratch);
            return;
        }

        resizer.Resize(pixels, _planar, _planes, _scratch);
        var plane = _planar.Length / 3;
        var first = _planar.AsSpan(0, plane);
        var second = _planar.AsSpan(plane, plane);
        var third = _planar.AsSpan(2 * plane, plane);
        for (var i = 0; i < plane; i++)
        {
            (target[3 * i], target[(3 * i) + 1], target[(3 * i) + 2]) = (first[i], second[i], third[i]);
        }
    }
}
