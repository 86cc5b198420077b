namespace Microsoft.ML.Data;

/// <summary>A 128-bit row id. How ids fork and combine is not documented by ML.NET; only that they do so deterministically.</summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public int CompareTo(DataViewRowId other)
    {
        int high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object? obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Low, High);

    public DataViewRowId Next() => Low == ulong.MaxValue ? new DataViewRowId(0, High + 1) : new DataViewRowId(Low + 1, High);

    public DataViewRowId Fork() => new(Mix(Low ^ 0x9E3779B97F4A7C15), Mix(High ^ 0xC2B2AE3D27D4EB4F ^ Low));

    public DataViewRowId Combine(DataViewRowId other) =>
        new(Mix(Low + 0x9E3779B97F4A7C15) ^ Mix(other.Low), Mix(High + 0xC2B2AE3D27D4EB4F) ^ Mix(other.High + other.Low));

    public override string ToString() => $"{High:x16}{Low:x16}";

    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
