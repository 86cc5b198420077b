namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Options that parse one by one but make no sense together; ends the command with <see cref="ExitCode.Usage"/>.</summary>
/// <param name="message">One line that names the options.</param>
internal sealed class UsageException(string message) : Exception(message);
