namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>A character that somebody has drawn.</summary>
/// <param name="Alphabet">Name of its alphabet.</param>
/// <param name="Name">Alphabet and character.</param>
/// <param name="Drawer">Who has drawn it, from 1.</param>
/// <param name="Ink">How dark each pixel is, row by row, 0..255: light strokes on black, since black is what comes in where training moves images.</param>
internal sealed record Character(string Alphabet, string Name, int Drawer, byte[] Ink);
