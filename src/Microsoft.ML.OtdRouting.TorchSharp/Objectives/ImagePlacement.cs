namespace Microsoft.ML.OtdRouting.Training.Objectives;

/// <summary>How an image was moved and mirrored at the largest size; what comes in is black.</summary>
/// <param name="Down">Pixels that it was moved down.</param>
/// <param name="Right">Pixels that it was moved right, after mirroring.</param>
/// <param name="Mirrored">Whether left and right were exchanged.</param>
internal readonly record struct ImagePlacement(int Down, int Right, bool Mirrored);
