using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>A model that is ready to run.</summary>
/// <param name="Session">Its session.</param>
/// <param name="Sha256">Of its file.</param>
internal sealed record OpenModel(InferenceSession Session, string Sha256);
