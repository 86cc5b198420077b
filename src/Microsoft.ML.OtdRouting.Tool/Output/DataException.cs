namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>A file that cannot be used; ends the command with <see cref="ExitCode.Failure"/>.</summary>
/// <param name="message">One line that names the file, what was found and what was expected.</param>
internal sealed class DataException(string message) : Exception(message);
