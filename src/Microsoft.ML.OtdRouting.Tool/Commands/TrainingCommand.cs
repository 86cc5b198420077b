namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>A command that another tool carries out.</summary>
/// <param name="Name">Its name, there as here.</param>
/// <param name="Description">What it does, for the list of commands.</param>
internal sealed record TrainingCommand(string Name, string Description);
