using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Errors of what was saved: one type, and which part is damaged. Who knows the file adds its name.</summary>
internal static class Damage
{
    /// <summary>The error of a part.</summary>
    public static InvalidDataException In(string part, string reason, Exception? inner = null) => new($"{part} is damaged: {reason}", inner);

    /// <summary>Throws where a part is not as it must be.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public static void Require(bool holds, string part, string reason)
    {
        if (!holds)
        {
            throw In(part, reason);
        }
    }

    /// <summary>Reads a part whose pieces check themselves, as those of users do.</summary>
    /// <exception cref="InvalidDataException">It cannot be read; the message names it.</exception>
    public static T Read<T>(string part, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidDataException or InvalidOperationException or InvalidProtocolBufferException
            or NotSupportedException or OverflowException)
        {
            throw In(part, e.Message, e);
        }
    }
}
