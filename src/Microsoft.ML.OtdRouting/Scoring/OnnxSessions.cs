using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Opens ONNX Runtime sessions, one a model, and owns them.</summary>
internal sealed class OnnxSessions(ScoringOptions options, Action<string> warn) : IDisposable
{
    private readonly Dictionary<(object Model, string? Joined), OpenModel> _models = [];
    private bool _warnedOfGpu;
    private bool _warnedOfThreads;

    /// <summary>The model of a resolution; opened on first use, shared by resolutions after.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The runtime cannot load the model, or outputs cannot be joined.</exception>
    public OpenModel Open(Resolution resolution)
    {
        var key = (resolution.Embedded?.Bytes ?? (object)Path.GetFullPath(resolution.ModelFile), resolution.Joined?.Key);
        if (_models.TryGetValue(key, out var model))
        {
            return model;
        }

        try
        {
            using var sessionOptions = CreateSessionOptions();
            model = resolution switch
            {
                { Embedded: { } embedded } => new OpenModel(new InferenceSession(embedded.Bytes, sessionOptions), embedded.Sha256),
                { Joined: { } joined } => OpenJoined(resolution, joined, sessionOptions),
                _ => OpenFile(resolution.ModelFile, sessionOptions),
            };
        }
        catch (OnnxRuntimeException e)
        {
            throw OnnxModelFile.NotAModel(resolution.ModelFile, e.Message, e);
        }

        return _models[key] = model;
    }

    public void Dispose()
    {
        foreach (var model in _models.Values)
        {
            model.Session.Dispose();
        }

        _models.Clear();
    }

    /// <summary>Opened by path and not from its bytes: a model may keep its weights in files beside it.</summary>
    private static OpenModel OpenFile(string modelFile, SessionOptions sessionOptions)
    {
        OnnxModelFile.RequireExists(modelFile);
        var sha256 = OnnxModelFile.Sha256(modelFile);
        return new OpenModel(new InferenceSession(modelFile, sessionOptions), sha256);
    }

    private static OpenModel OpenJoined(Resolution resolution, JoinedOutputs joined, SessionOptions sessionOptions)
    {
        OnnxModelFile.RequireExists(resolution.ModelFile);
        var bytes = File.ReadAllBytes(resolution.ModelFile);
        var model = OnnxModelFile.Parse(resolution.ModelFile, bytes);
        OutputJoin.Apply(resolution.ModelFile, model, resolution.InputName, joined);
        // Bytes are nowhere; weights in files beside the model's are where that is.
        sessionOptions.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(Path.GetFullPath(resolution.ModelFile))!);
        return new OpenModel(new InferenceSession(model.ToByteArray(), sessionOptions), OnnxModelFile.Sha256(bytes));
    }

    private SessionOptions CreateSessionOptions()
    {
        var sessionOptions = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        try
        {
            if (options.Threads is { } threads)
            {
                sessionOptions.IntraOpNumThreads = Math.Min(threads, Environment.ProcessorCount);
                WarnOfThreads(threads);
            }

            if (options.GpuDeviceId is { } device)
            {
                UseGpu(sessionOptions, device);
            }

            options.ConfigureSession?.Invoke(sessionOptions);
            return sessionOptions;
        }
        catch
        {
            sessionOptions.Dispose();
            throw;
        }
    }

    private void WarnOfThreads(int threads)
    {
        if (threads > Environment.ProcessorCount && !_warnedOfThreads)
        {
            warn($"{nameof(ScoringOptions.IntraOpNumThreads)} is {threads}; this machine has {Environment.ProcessorCount} processors, so {Environment.ProcessorCount} threads are used.");
            _warnedOfThreads = true;
        }
    }

    private void UseGpu(SessionOptions sessionOptions, int device)
    {
        try
        {
            sessionOptions.AppendExecutionProvider_CUDA(device);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            if (!options.FallbackToCpu)
            {
                throw new InvalidOperationException(
                    $"{nameof(ScoringOptions.GpuDeviceId)} is {device}, but ONNX Runtime cannot use that GPU: {e.Message} Install the GPU package of " +
                    $"ONNX Runtime, or set {nameof(ScoringOptions.FallbackToCpu)}.", e);
            }

            if (!_warnedOfGpu)
            {
                warn($"GPU {device} cannot be used, scoring on the CPU: {e.Message}");
                _warnedOfGpu = true;
            }
        }
    }
}
