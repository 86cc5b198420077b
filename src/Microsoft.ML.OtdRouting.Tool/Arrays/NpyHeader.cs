using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Arrays;

/// <summary>The header of a NumPy array file (numpy.lib.format, versions 1.0 to 3.0).</summary>
/// <param name="Type">Element type as NumPy writes it, such as <c>&lt;f4</c>.</param>
/// <param name="Shape">Dimensions.</param>
internal sealed partial record NpyHeader(string Type, long[] Shape)
{
    private static readonly byte[] _magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Size of an element in bytes.</summary>
    public int Width => Type == "<f4" ? 4 : 8;

    /// <summary>Reads and checks a header and leaves the stream at the first element.</summary>
    public static NpyHeader Read(Stream stream, string path)
    {
        byte[] prefix = new byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8 || !prefix.AsSpan(0, 6).SequenceEqual(_magic))
        {
            throw new DataException($"{path} is not a NumPy array file: it does not begin with \\x93NUMPY.");
        }

        int version = prefix[6];
        if (version is < 1 or > 3)
        {
            throw new DataException($"{path} has .npy format version {version}; versions 1 to 3 can be read.");
        }

        byte[] size = new byte[version == 1 ? 2 : 4];
        ReadAll(stream, size, path);
        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > 1 << 20)
        {
            throw new DataException($"{path} announces a header of {length} bytes; a header has fewer than 1048576.");
        }

        byte[] text = new byte[length];
        ReadAll(stream, text, path);
        return Parse(Encoding.UTF8.GetString(text), path);
    }

    /// <summary>Writes a version 1.0 header padded to a multiple of 64 bytes, as NumPy does.</summary>
    public void Write(Stream stream)
    {
        string sizes = string.Join(", ", Shape.Select(s => s.ToString(CultureInfo.InvariantCulture))) + (Shape.Length == 1 ? "," : "");
        string text = $"{{'descr': '{Type}', 'fortran_order': False, 'shape': ({sizes}), }}";
        int padded = (((10 + text.Length + 1) + 63) / 64 * 64) - 10;
        byte[] header = Encoding.ASCII.GetBytes(text.PadRight(padded - 1) + "\n");
        stream.Write(_magic);
        stream.Write([1, 0, (byte)(header.Length & 255), (byte)(header.Length >> 8)]);
        stream.Write(header);
    }

    private static NpyHeader Parse(string text, string path)
    {
        Match type = TypePattern().Match(text), order = OrderPattern().Match(text), shape = ShapePattern().Match(text);
        if (!type.Success || !order.Success || !shape.Success)
        {
            throw new DataException($"{path} has a malformed .npy header: {text.Trim()}");
        }

        if (type.Groups[1].Value is not ("<f4" or "<f8" or "<i4" or "<i8"))
        {
            throw new DataException($"{path} holds elements of type '{type.Groups[1].Value}'; expected float32 ('<f4') or float64 ('<f8').");
        }

        if (order.Groups[1].Value == "True")
        {
            throw new DataException($"{path} is in Fortran order; expected C order (numpy.ascontiguousarray).");
        }

        string[] sizes = shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        long[] dimensions = new long[sizes.Length];
        for (int d = 0; d < sizes.Length; d++)
        {
            if (!long.TryParse(sizes[d], NumberStyles.None, CultureInfo.InvariantCulture, out dimensions[d]) || dimensions[d] > int.MaxValue)
            {
                throw new DataException($"{path} has a dimension of {sizes[d]}; expected a whole number up to {int.MaxValue}.");
            }
        }

        return new NpyHeader(type.Groups[1].Value, dimensions);
    }

    private static void ReadAll(Stream stream, byte[] buffer, string path)
    {
        if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
        {
            throw new DataException($"{path} ends inside its .npy header.");
        }
    }

    [GeneratedRegex("'descr'\\s*:\\s*'([^']*)'")]
    private static partial Regex TypePattern();

    [GeneratedRegex("'fortran_order'\\s*:\\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("'shape'\\s*:\\s*\\(([^)]*)\\)")]
    private static partial Regex ShapePattern();
}
