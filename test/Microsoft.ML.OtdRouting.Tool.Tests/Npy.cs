using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

/// <summary>Writes NumPy arrays.</summary>
internal static class Npy
{
    /// <summary>An array file.</summary>
    public static byte[] Array(string type, string shape, ReadOnlySpan<byte> data, string fortran = "False")
    {
        string header = $"{{'descr': '{type}', 'fortran_order': {fortran}, 'shape': {shape}, }}".PadRight(117) + "\n";
        byte[] prefix = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0];
        return [.. prefix, .. Encoding.ASCII.GetBytes(header), .. data];
    }

    /// <summary>A vector in double precision.</summary>
    public static byte[] Vector(params double[] values) => Array("<f8", $"({values.Length},)", MemoryMarshal.AsBytes<double>(values));
}
