namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>Checks of settings that several solvers share; each message names the setting, its value and what is allowed.</summary>
internal static class SolverSettings
{
    public static double Epsilon(double value, EpsilonScale scale, LossTable losses)
    {
        Positive(value, "Epsilon");
        double unit = scale == EpsilonScale.Absolute ? 1 : losses.MaximumMagnitude;
        return value * (unit > 0 ? unit : 1);
    }

    public static void Positive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be finite and above 0."), name);
        }
    }

    public static void AtLeast(int value, int least, string name)
    {
        if (value < least)
        {
            throw new ArgumentException($"{name} is {value}; it must be at least {least}.", name);
        }
    }
}
