namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>What the process returns.</summary>
public static class ExitCode
{
    /// <summary>The command did what was asked.</summary>
    public const int Success = 0;

    /// <summary>The data or a model is at fault; one line on standard error says what, where and what was expected.</summary>
    public const int Failure = 1;

    /// <summary>The command line is at fault.</summary>
    public const int Usage = 2;
}
