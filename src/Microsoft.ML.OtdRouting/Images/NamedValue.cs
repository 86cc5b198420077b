namespace Microsoft.ML.OtdRouting.Images;

/// <summary>Checks of options that are one of a few names.</summary>
internal static class NamedValue
{
    /// <summary>Gives a value back if it has a name: an enumeration takes any number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has none; the message names the option, the value and what is allowed.</exception>
    public static T Require<T>(T value, string option)
        where T : struct, Enum => Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(option, value, $"{option} is {value}; it must be {string.Join(" or ", Enum.GetNames<T>())}.");
}
