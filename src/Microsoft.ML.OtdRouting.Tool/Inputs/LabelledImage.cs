namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>One image of a list.</summary>
/// <param name="Path">Path of the file, as it can be opened from here.</param>
/// <param name="Label">Name of the class; empty where the list does not tell.</param>
/// <param name="Name">What the list calls the image: its path, in a table as it stands there.</param>
internal sealed record LabelledImage(string Path, string Label, string Name);
