using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML;

public static class OnnxCatalog
{
    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string modelFile, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, null, null, modelFile, null, null, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string modelFile,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, null, null, modelFile, null, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, Stream modelBytes, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, null, null, null, modelBytes, null, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, Stream modelBytes,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, null, null, null, modelBytes, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile,
        int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName], modelFile, null, null, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName], modelFile, null, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Stream modelBytes,
        int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName], null, modelBytes, null, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Stream modelBytes,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName], null, modelBytes, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, string modelFile,
        int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, modelFile, null, null, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, string modelFile,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, modelFile, null, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, Stream modelBytes,
        int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, null, modelBytes, null, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, Stream modelBytes,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, null, modelBytes, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, string modelFile,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false, int recursionLimit = 100) =>
        Make(catalog, outputColumnNames, inputColumnNames, modelFile, null, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, Stream modelBytes,
        IDictionary<string, int[]>? shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false, int recursionLimit = 100) =>
        Make(catalog, outputColumnNames, inputColumnNames, null, modelBytes, shapeDictionary, gpuDeviceId, fallbackToCpu);

    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, OnnxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(new OnnxTransformer(catalog.Context, options, null));
    }

    private static OnnxScoringEstimator Make(
        TransformsCatalog catalog, string[]? outputs, string[]? inputs, string? file, Stream? bytes,
        IDictionary<string, int[]>? shapes, int? gpu, bool fallback)
    {
        var options = new OnnxOptions
        {
            ModelFile = file!,
            OutputColumns = outputs ?? [],
            InputColumns = inputs ?? [],
            ShapeDictionary = shapes,
            GpuDeviceId = gpu,
            FallbackToCpu = fallback,
        };
        if (bytes == null)
            return new(new OnnxTransformer(catalog.Context, options, null));
        using var memory = new MemoryStream();
        bytes.CopyTo(memory);
        return new(new OnnxTransformer(catalog.Context, options, memory.ToArray()));
    }
}
