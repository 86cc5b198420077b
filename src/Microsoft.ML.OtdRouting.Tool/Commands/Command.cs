namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>A command of the tool. ML.NET has a namespace of this name, which would hide System.CommandLine's type in this one.</summary>
/// <param name="name">Name on the command line.</param>
/// <param name="description">What it does, with an example.</param>
internal sealed class Command(string name, string description) : System.CommandLine.Command(name, description);
