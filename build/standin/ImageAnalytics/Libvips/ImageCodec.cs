using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.StandIn.ImageAnalytics.Libvips;

/// <summary>
/// Decodes and encodes images with libvips. Safe to call from many threads: every call owns its native objects,
/// and libvips itself works on one thread (the callers bring their own).
/// </summary>
internal static unsafe class ImageCodec
{
    // Any damage is an error: libvips would otherwise fill the missing part of a truncated file with grey.
    private const string LoadOptions = "[fail_on=error,access=sequential]";

    private static readonly Lazy<string?> s_startError = new(Start);

    /// <summary>Decodes to premultiplied BGRA, 8 bits a channel, in sRGB; embedded profiles and EXIF rotation are not applied.</summary>
    public static bool TryDecode(
        ReadOnlySpan<byte> encoded, out int width, out int height, [NotNullWhen(true)] out byte[]? bgra, [NotNullWhen(false)] out string? reason)
    {
        EnsureStarted();
        width = height = 0;
        bgra = null;
        if (encoded.IsEmpty)
        {
            reason = "there is no data";
            return false;
        }

        nint loaded = 0, srgb = 0, bytes = 0;
        fixed (byte* data = encoded)
        {
            try
            {
                loaded = Vips.vips_image_new_from_buffer(data, (nuint)encoded.Length, LoadOptions, 0);
                if (loaded == 0)
                {
                    reason = TakeError();
                    return false;
                }

                // Almost every image is grey or sRGB in bytes already, and small ones cost half as much without the conversion.
                var result = loaded;
                if (!IsGreyOrSrgbInBytes(loaded))
                {
                    if (Vips.vips_colourspace(loaded, out srgb, Vips.InterpretationSrgb, 0) != 0 || Vips.vips_cast_uchar(srgb, out bytes, 0) != 0)
                    {
                        reason = TakeError();
                        return false;
                    }

                    result = bytes;
                }

                var bands = Vips.vips_image_get_bands(result);
                if (bands is < 1 or > 4)
                {
                    reason = $"it has {bands} channels";
                    return false;
                }

                width = Vips.vips_image_get_width(result);
                height = Vips.vips_image_get_height(result);
                if ((long)width * height * 4 > Array.MaxLength)
                {
                    reason = $"{width} x {height} pixels are too many";
                    return false;
                }

                var samples = (byte*)Vips.vips_image_write_to_memory(result, out var size);
                if (samples == null)
                {
                    reason = TakeError();
                    return false;
                }

                try
                {
                    bgra = ToBgra(new ReadOnlySpan<byte>(samples, checked((int)size)), bands, width * height);
                }
                finally
                {
                    Vips.g_free((nint)samples);
                }
            }
            finally
            {
                Unref(bytes);
                Unref(srgb);
                Unref(loaded);
            }
        }

        reason = null;
        return true;
    }

    /// <summary>Encodes premultiplied pixels of four bytes; <paramref name="options"/> is a libvips suffix such as <c>.jpg[Q=90]</c>.</summary>
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> pixels, bool bgr, string options)
    {
        EnsureStarted();
        var samples = FromPremultiplied(pixels, bgr, out var bands);
        nint image = 0, tagged = 0;
        fixed (byte* data = samples)
        {
            try
            {
                image = Vips.vips_image_new_from_memory(data, (nuint)samples.Length, width, height, bands, Vips.FormatUChar);
                if (image == 0
                    || Vips.vips_copy(image, out tagged, "interpretation", Vips.InterpretationSrgb, 0) != 0
                    || Vips.vips_image_write_to_buffer(tagged, options, out var encoded, out var size, 0) != 0)
                {
                    throw new InvalidOperationException($"Failed to encode the image: {TakeError()}.");
                }

                try
                {
                    return new ReadOnlySpan<byte>((byte*)encoded, checked((int)size)).ToArray();
                }
                finally
                {
                    Vips.g_free(encoded);
                }
            }
            finally
            {
                Unref(tagged);
                Unref(image);
            }
        }
    }

    private static bool IsGreyOrSrgbInBytes(nint image) =>
        Vips.vips_image_get_format(image) == Vips.FormatUChar
        && (Vips.vips_image_get_interpretation(image), Vips.vips_image_get_bands(image))
            is (Vips.InterpretationGrey, 1 or 2) or (Vips.InterpretationSrgb, 3 or 4);

    /// <summary>One band is grey, two are grey and alpha, three are RGB, four are RGB and alpha.</summary>
    private static byte[] ToBgra(ReadOnlySpan<byte> samples, int bands, int count)
    {
        var bgra = GC.AllocateUninitializedArray<byte>(count * 4);
        var hasAlpha = bands is 2 or 4;
        var (green, blue) = bands < 3 ? (0, 0) : (1, 2);
        for (int pixel = 0, from = 0, to = 0; pixel < count; pixel++, from += bands, to += 4)
        {
            var alpha = hasAlpha ? samples[from + bands - 1] : (byte)255;
            bgra[to] = Multiply(samples[from + blue], alpha);
            bgra[to + 1] = Multiply(samples[from + green], alpha);
            bgra[to + 2] = Multiply(samples[from], alpha);
            bgra[to + 3] = alpha;
        }

        return bgra;
    }

    private static byte[] FromPremultiplied(ReadOnlySpan<byte> pixels, bool bgr, out int bands)
    {
        var opaque = true;
        for (var i = 3; i < pixels.Length && opaque; i += 4)
            opaque = pixels[i] == 255;

        bands = opaque ? 3 : 4;
        var (red, blue) = bgr ? (2, 0) : (0, 2);
        var samples = new byte[pixels.Length / 4 * bands];
        for (int from = 0, to = 0; from < pixels.Length; from += 4, to += bands)
        {
            var alpha = pixels[from + 3];
            samples[to] = Divide(pixels[from + red], alpha);
            samples[to + 1] = Divide(pixels[from + 1], alpha);
            samples[to + 2] = Divide(pixels[from + blue], alpha);
            if (!opaque)
                samples[to + 3] = alpha;
        }

        return samples;
    }

    private static byte Multiply(byte colour, byte alpha) => alpha == 255 ? colour : (byte)((colour * alpha + 127) / 255);

    private static byte Divide(byte colour, byte alpha) =>
        alpha switch
        {
            255 => colour,
            0 => 0,
            _ => (byte)Math.Min(255, (colour * 255 + alpha / 2) / alpha),
        };

    private static void Unref(nint image)
    {
        if (image != 0)
            Vips.g_object_unref(image);
    }

    private static void EnsureStarted()
    {
        if (s_startError.Value is { } error)
            throw new InvalidOperationException(error);
    }

    private static string? Start()
    {
        try
        {
            if (Vips.vips_init("MLNet.StandIn") != 0)
                return $"libvips does not start: {TakeError()}.";
        }
        catch (DllNotFoundException e)
        {
            return $"libvips, which decodes images in this build, was not found beside the application. {e.Message}";
        }

        // Loaders that are not hardened against hostile files stay out; nothing is kept between calls; warnings are not printed.
        Vips.vips_block_untrusted_set(1);
        Vips.vips_concurrency_set(1);
        Vips.vips_cache_set_max(0);
        Vips.g_log_set_handler("VIPS", Vips.LogLevelWarning, &Vips.IgnoreLog, 0);
        return null;
    }

    /// <summary>The first line of libvips' error log, which all threads share: under concurrent failures it may be another image's.</summary>
    private static string TakeError()
    {
        var native = Vips.vips_error_buffer_copy();
        Vips.vips_error_clear();
        try
        {
            var text = System.Runtime.InteropServices.Marshal.PtrToStringUTF8(native) ?? "";
            var line = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
            return line ?? "no image could be read from it";
        }
        finally
        {
            Vips.g_free(native);
        }
    }
}
