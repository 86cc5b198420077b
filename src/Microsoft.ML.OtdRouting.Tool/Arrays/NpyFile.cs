using System.Runtime.InteropServices;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Tool.Arrays;

/// <summary>Reads and writes NumPy arrays: float32 or float64 in C order, little endian.</summary>
internal static class NpyFile
{
    /// <summary>Reads a vector of numbers in double precision.</summary>
    public static double[] ReadVector(string path)
    {
        using FileStream stream = Open(path);
        NpyHeader header = NpyHeader.Read(stream, path);
        if (header.Shape.Length != 1)
        {
            throw new DataException($"{path} has {header.Shape.Length} dimensions {Shape(header)}; expected a vector.");
        }

        RequireFloat(header, path);
        return header.Width == 4
            ? Array.ConvertAll(ReadValues<float>(stream, header, path), value => (double)value)
            : ReadValues<double>(stream, header, path);
    }

    /// <summary>Reads a table of losses in the precision it is stored in.</summary>
    public static LossTable ReadLosses(string path, bool infinityForbids)
    {
        using FileStream stream = Open(path);
        NpyHeader header = NpyHeader.Read(stream, path);
        if (header.Shape.Length != 2)
        {
            throw new DataException($"{path} has {header.Shape.Length} dimensions {Shape(header)}; expected samples × routes.");
        }

        RequireFloat(header, path);
        if (header.Count == 0 || header.Count > Array.MaxLength)
        {
            throw new DataException($"{path} has the shape {Shape(header)}; expected between 1 and {Array.MaxLength} losses.");
        }

        if (header.Shape[1] > LossTable.MaxRoutes)
        {
            throw new DataException($"{path} has the shape {Shape(header)}: {header.Shape[1]} routes; there can be at most {LossTable.MaxRoutes}.");
        }

        (int rows, int routes) = ((int)header.Shape[0], (int)header.Shape[1]);
        try
        {
            return header.Width == 4
                ? new LossTable(ReadValues<float>(stream, header, path), rows, routes, infinityForbids)
                : new LossTable(ReadValues<double>(stream, header, path), rows, routes, infinityForbids);
        }
        catch (ArgumentException problem)
        {
            throw new DataException($"{path}: {problem.Message}");
        }
    }

    /// <summary>Writes a plan row by row, float64.</summary>
    public static void WritePlan(string path, TransportPlan plan) => WholeFile.Write(path, stream =>
    {
        new NpyHeader("<f8", [plan.Rows, plan.Routes]).Write(stream);
        double[] row = new double[plan.Routes];
        for (int i = 0; i < plan.Rows; i++)
        {
            plan.CopyRow(i, row);
            stream.Write(MemoryMarshal.AsBytes<double>(row));
        }
    });

    /// <summary>Writes whole numbers, int32.</summary>
    public static void WriteVector(string path, int[] values) => WholeFile.Write(path, stream =>
    {
        new NpyHeader("<i4", [values.Length]).Write(stream);
        stream.Write(MemoryMarshal.AsBytes<int>(values));
    });

    /// <summary>Reads a map, height × width.</summary>
    public static (float[] Values, int Height, int Width) ReadMap(string path)
    {
        using FileStream stream = Open(path);
        NpyHeader header = NpyHeader.Read(stream, path);
        RequireFloat(header, path);
        if (header.Shape.Length != 2 || header.Count is 0 or > int.MaxValue / 8)
        {
            throw new DataException($"{path} has the shape {Shape(header)}; expected a map, height × width.");
        }

        float[] values = header.Width == 4 ? ReadValues<float>(stream, header, path) : Array.ConvertAll(ReadValues<double>(stream, header, path), value => (float)value);
        return (values, (int)header.Shape[0], (int)header.Shape[1]);
    }

    /// <summary>Writes numbers piece by piece, float32.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">Shape of all of them.</param>
    /// <param name="write">Gives the pieces, in order, to what it is given.</param>
    public static void WriteRows(string path, long[] shape, Action<Action<float[]>> write) => WholeFile.Write(path, stream =>
    {
        new NpyHeader("<f4", shape).Write(stream);
        write(values => stream.Write(MemoryMarshal.AsBytes<float>(values)));
    });

    private static FileStream Open(string path)
    {
        InputFile.Require(path, "a NumPy array file (.npy)");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
    }

    private static void RequireFloat(NpyHeader header, string path)
    {
        if (header.Type is not ("<f4" or "<f8"))
        {
            throw new DataException($"{path} holds elements of type '{header.Type}'; expected float32 ('<f4') or float64 ('<f8').");
        }
    }

    private static T[] ReadValues<T>(FileStream stream, NpyHeader header, string path)
        where T : unmanaged
    {
        long expected = header.Count * header.Width, found = stream.Length - stream.Position;
        if (found != expected)
        {
            throw new DataException($"{path} holds {found} bytes of data; the shape {Shape(header)} needs {expected}.");
        }

        T[] values = GC.AllocateUninitializedArray<T>((int)header.Count);

        // In pieces: the bytes of one span may outnumber what it can index.
        const int piece = 1 << 24;
        for (int start = 0; start < values.Length; start += piece)
        {
            stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(start, Math.Min(piece, values.Length - start))));
        }

        return values;
    }

    private static string Shape(NpyHeader header) => $"({string.Join(", ", header.Shape)})";
}
