using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.StandIn.ImageAnalytics.Libvips;

/// <summary>
/// The part of libvips' C API that decodes and encodes. Several functions take a list of options that ends with NULL; here that list has
/// a fixed length and <c>end</c> must be 0. On Linux x64, the only platform of this library, integers and pointers of such a list
/// travel as ordinary arguments do.
/// </summary>
internal static unsafe partial class Vips
{
    public const int FormatUChar = 0;
    public const int InterpretationGrey = 1;
    public const int InterpretationSrgb = 22;
    public const int LogLevelWarning = 1 << 4;

    private const string Library = "vips-cpp";

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int vips_init(string argv0);

    [LibraryImport(Library)]
    public static partial void vips_block_untrusted_set(int state);

    [LibraryImport(Library)]
    public static partial void vips_concurrency_set(int concurrency);

    [LibraryImport(Library)]
    public static partial void vips_cache_set_max(int max);

    [LibraryImport(Library)]
    public static partial nint vips_error_buffer_copy();

    [LibraryImport(Library)]
    public static partial void vips_error_clear();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint vips_image_new_from_buffer(byte* buffer, nuint length, string options, nint end);

    [LibraryImport(Library)]
    public static partial nint vips_image_new_from_memory(byte* data, nuint size, int width, int height, int bands, int format);

    [LibraryImport(Library)]
    public static partial int vips_colourspace(nint input, out nint output, int interpretation, nint end);

    [LibraryImport(Library)]
    public static partial int vips_cast_uchar(nint input, out nint output, nint end);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int vips_copy(nint input, out nint output, string option, int value, nint end);

    [LibraryImport(Library)]
    public static partial int vips_image_get_width(nint image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_height(nint image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_bands(nint image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_format(nint image);

    [LibraryImport(Library)]
    public static partial int vips_image_get_interpretation(nint image);

    [LibraryImport(Library)]
    public static partial nint vips_image_write_to_memory(nint image, out nuint size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int vips_image_write_to_buffer(nint image, string options, out nint buffer, out nuint size, nint end);

    [LibraryImport(Library)]
    public static partial void g_object_unref(nint instance);

    [LibraryImport(Library)]
    public static partial void g_free(nint memory);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint g_log_set_handler(
        string domain, int levels, delegate* unmanaged[Cdecl]<nint, int, nint, nint, void> handler, nint userData);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void IgnoreLog(nint domain, int level, nint message, nint userData)
    {
    }
}
