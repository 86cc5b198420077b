namespace Microsoft.ML.Transforms.Onnx;

public sealed class OnnxOptions
{
    public string ModelFile = null!;
    public string[] InputColumns = null!;
    public string[] OutputColumns = null!;
    public int? GpuDeviceId;
    public bool FallbackToCpu;
    public IDictionary<string, int[]>? ShapeDictionary;
    public int RecursionLimit = 100;
    public int? InterOpNumThreads;
    public int? IntraOpNumThreads;

    public OnnxOptions()
    {
    }
}
