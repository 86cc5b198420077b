namespace Microsoft.ML.OtdRouting.Models;

/// <summary>A model that a saved router brings with it, in place of a file.</summary>
/// <param name="Bytes">The model.</param>
/// <param name="Sha256">Of the file that the model once was.</param>
internal sealed record EmbeddedModel(byte[] Bytes, string Sha256);
