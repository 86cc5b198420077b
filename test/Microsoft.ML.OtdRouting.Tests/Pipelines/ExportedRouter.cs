using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>The exported graph of a router, in ONNX Runtime.</summary>
internal sealed class ExportedRouter : IDisposable
{
    private readonly InferenceSession _session;
    private readonly int _side;

    public ExportedRouter(OtdRoutingTransformer router, int side)
    {
        using var stream = new MemoryStream();
        router.ExportToOnnx(stream);
        _side = side;
        Bytes = stream.ToArray();
        _session = new InferenceSession(Bytes);
    }

    public byte[] Bytes { get; }

    /// <summary>What the graph says of a picture in planes.</summary>
    public (float[] Score, int Route, float[] RouteScores, float Cost) Run(float[] planes)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(planes, [1, 3, _side, _side]);
        using var options = new RunOptions();
        using var outputs = _session.Run(options, ["image"], [input], ["Score", "Route", "RouteScores", "Cost"]);
        return (
            outputs[0].GetTensorDataAsSpan<float>().ToArray(),
            (int)outputs[1].GetTensorDataAsSpan<long>()[0],
            outputs[2].GetTensorDataAsSpan<float>().ToArray(),
            outputs[3].GetTensorDataAsSpan<float>()[0]);
    }

    public void Dispose() => _session.Dispose();
}
