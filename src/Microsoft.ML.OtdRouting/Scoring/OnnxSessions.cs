using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Onnx;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Opens ONNX Runtime sessions, one a file, and owns them.</summary>
internal sealed class OnnxSessions(ScoringOptions options, Action<string> warn) : IDisposable
{
    private readonly Dictionary<string, InferenceSession> _sessions = [];
    private bool _warned;

    /// <summary>The session of a file; opened on first use, shared after.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The runtime cannot load the file.</exception>
    public InferenceSession Open(string modelFile)
    {
        var path = Path.GetFullPath(modelFile);
        if (_sessions.TryGetValue(path, out var session))
        {
            return session;
        }

        OnnxModelFile.RequireExists(modelFile);
        try
        {
            using var sessionOptions = CreateSessionOptions();
            session = new InferenceSession(path, sessionOptions);
        }
        catch (OnnxRuntimeException e)
        {
            throw OnnxModelFile.NotAModel(modelFile, e.Message, e);
        }

        return _sessions[path] = session;
    }

    public void Dispose()
    {
        foreach (var session in _sessions.Values)
        {
            session.Dispose();
        }

        _sessions.Clear();
    }

    private SessionOptions CreateSessionOptions()
    {
        var sessionOptions = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        if (options.IntraOpNumThreads is { } threads)
        {
            sessionOptions.IntraOpNumThreads = threads;
        }

        if (options.GpuDeviceId is not { } device)
        {
            return sessionOptions;
        }

        try
        {
            sessionOptions.AppendExecutionProvider_CUDA(device);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            if (!options.FallbackToCpu)
            {
                sessionOptions.Dispose();
                throw new InvalidOperationException(
                    $"{nameof(ScoringOptions.GpuDeviceId)} is {device}, but ONNX Runtime cannot use that GPU: {e.Message} Install the GPU package of " +
                    $"ONNX Runtime, or set {nameof(ScoringOptions.FallbackToCpu)}.", e);
            }

            if (!_warned)
            {
                warn($"GPU {device} cannot be used, scoring on the CPU: {e.Message}");
                _warned = true;
            }
        }

        return sessionOptions;
    }
}
