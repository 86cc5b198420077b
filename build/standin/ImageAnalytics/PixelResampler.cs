namespace Microsoft.ML.Transforms.Image;

/// <summary>Resampling of four-channel pixels; half-pixel centres.</summary>
internal static class PixelResampler
{
    /// <summary>Stretches by taking the pixel in which the centre of the target's pixel lies.</summary>
    public static void TakeNearest(ReadOnlySpan<byte> source, int width, int height, Span<byte> target, int targetWidth, int targetHeight)
    {
        for (int y = 0; y < targetHeight; y++)
        {
            int row = width * (int)((y + 0.5) * height / targetHeight);
            for (int x = 0; x < targetWidth; x++)
            {
                int from = 4 * (row + (int)((x + 0.5) * width / targetWidth));
                source.Slice(from, 4).CopyTo(target[(4 * ((y * targetWidth) + x))..]);
            }
        }
    }

    public static void SwapRedAndBlue(Span<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 4)
            (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
    }

    /// <summary>Separable bilinear resampling, the filter widened when an image shrinks.</summary>
    public static void Resample(
        ReadOnlySpan<byte> source, int width, int height, Span<byte> target, int targetWidth, int targetHeight,
        double scaleX, double scaleY, double left, double top)
    {
        (int Start, float[] Weights)[] columns = Taps(width, targetWidth, scaleX, left);
        (int Start, float[] Weights)[] rows = Taps(height, targetHeight, scaleY, top);
        float[] narrowed = new float[4 * targetWidth * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < targetWidth; x++)
            {
                (int start, float[] weights) = columns[x];
                for (int channel = 0; channel < 4; channel++)
                {
                    float sum = 0;
                    for (int i = 0; i < weights.Length; i++)
                        sum += weights[i] * source[(4 * ((y * width) + start + i)) + channel];
                    narrowed[(4 * ((y * targetWidth) + x)) + channel] = sum;
                }
            }
        }

        for (int y = 0; y < targetHeight; y++)
        {
            (int start, float[] weights) = rows[y];
            for (int x = 0; x < 4 * targetWidth; x++)
            {
                float sum = 0;
                for (int i = 0; i < weights.Length; i++)
                    sum += weights[i] * narrowed[(4 * targetWidth * (start + i)) + x];
                target[(4 * targetWidth * y) + x] = (byte)Math.Clamp(MathF.Round(sum), 0, 255);
            }
        }
    }

    /// <summary>For each target pixel the source pixels under its filter; none where the target lies outside the image.</summary>
    private static (int Start, float[] Weights)[] Taps(int size, int targetSize, double scale, double offset)
    {
        double radius = Math.Max(1, 1 / scale);
        var taps = new (int, float[])[targetSize];
        for (int i = 0; i < targetSize; i++)
        {
            double centre = (i + 0.5 - offset) / scale;
            if (centre < 0 || centre > size)
            {
                taps[i] = (0, []);
                continue;
            }

            int start = Math.Max(0, (int)Math.Floor(centre - radius));
            int end = Math.Min(size, (int)Math.Ceiling(centre + radius));
            float[] weights = new float[end - start];
            float sum = 0;
            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] = (float)Math.Max(0, 1 - (Math.Abs(start + j + 0.5 - centre) / radius));
                sum += weights[j];
            }

            for (int j = 0; j < weights.Length; j++)
                weights[j] /= sum;
            taps[i] = (start, weights);
        }

        return taps;
    }
}
