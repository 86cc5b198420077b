using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.OtdRouting;

/// <summary>How ONNX models are run: batches, threads, device.</summary>
public sealed class ScoringOptions
{
    /// <summary>More than any machine has processors: a mistake, whatever machine the router comes to.</summary>
    private const int MostThreads = 1024;

    private const int LeastWindowRows = 32;
    private const int MostWindowRows = 256;

    /// <summary>More only leaves the processor's caches: batches are small.</summary>
    private const int WindowFloats = 32 * 1024 * 1024 / sizeof(float);

    /// <summary>
    /// Images in one run of a model, at most; at least 1. Up to there, the size at which an image takes least is found on the first batches. Models with a fixed
    /// batch of one are run one by one. Default 32.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int BatchSize
    {
        get;
        set => field = AtLeast(value, 1, nameof(BatchSize));
    } = 32;

    /// <summary>
    /// Rows that a cursor reads ahead to fill the batches of every resolution; at least 1, and no more than images of the largest resolution fit into one
    /// array of floats, which is checked when the models are opened. Memory grows with it: two images at the largest resolution a row. Null, the default, is 256,
    /// or as many as 32 MB of pixels hold where these are fewer, but never fewer than 32; and 256 under <see cref="BudgetEnforcement.PerWindow"/>, whose promise is
    /// about windows.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? WindowSize
    {
        get;
        set => field = AtLeast(value, 1, nameof(WindowSize));
    }

    /// <summary>
    /// Threads of ONNX Runtime inside an operator, from 0 to 1,024; 0 leaves the choice to the runtime. Null, the default, is one on the CPU, where the
    /// processors are kept busy by batches that run side by side (<see cref="ConcurrentRuns"/>), and the runtime's choice on a GPU. A session gets one a processor of
    /// the machine (<see cref="Environment.ProcessorCount"/>) at most, and a warning in the log tells where that is less: more would only wait for each other, and
    /// options come to other machines with saved routers. <see cref="ConfigureSession"/> is not limited.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int? IntraOpNumThreads
    {
        get;
        set => field = value is null or (>= 0 and <= MostThreads)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(IntraOpNumThreads), value, $"{nameof(IntraOpNumThreads)} is {value}; it must be from 0 to {MostThreads}.");
    }

    /// <summary>
    /// Batches that run side by side, at least 1, and images that are decoded side by side. Null, the default, is as many as there are processors for
    /// <see cref="IntraOpNumThreads"/> each; one on a GPU. Does not change any result.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? ConcurrentRuns
    {
        get;
        set => field = AtLeast(value, 1, nameof(ConcurrentRuns));
    }

    /// <summary>CUDA device to run on; null (the default) runs on the CPU.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 0.</exception>
    public int? GpuDeviceId
    {
        get;
        set => field = AtLeast(value, 0, nameof(GpuDeviceId));
    }

    /// <summary>Whether to run on the CPU, with a warning, when the GPU cannot be used. Default false: an error.</summary>
    public bool FallbackToCpu { get; set; }

    /// <summary>
    /// Changes the options of every ONNX Runtime session before it is opened, after all others: execution providers besides CUDA and what they take,
    /// memory, graph optimisation. Null (the default) changes nothing. A function cannot be saved with a router; give it again when loading.
    /// </summary>
    public Action<SessionOptions>? ConfigureSession { get; set; }

    /// <summary>Batches that run side by side.</summary>
    internal int Runs => ConcurrentRuns ?? (GpuDeviceId is not null ? 1 : Threads switch
    {
        null or 0 => 1,
        { } threads => Math.Max(1, Environment.ProcessorCount / threads),
    });

    /// <summary>Threads inside an operator; null leaves the choice to the runtime.</summary>
    internal int? Threads => IntraOpNumThreads ?? (GpuDeviceId is null ? 1 : null);

    /// <summary>Throws when a window of images would not fit into one array.</summary>
    /// <param name="imageLength">Floats of an image.</param>
    internal void RequireWindow(int imageLength)
    {
        var most = Array.MaxLength / imageLength;
        if (WindowSize is { } rows && rows > most)
        {
            throw new ArgumentOutOfRangeException(
                nameof(WindowSize), rows, $"{nameof(WindowSize)} is {rows}; with images of {imageLength} floats it must be at most {most}.");
        }
    }

    /// <summary>Rows of a window.</summary>
    /// <param name="imageLength">Floats of an image.</param>
    /// <param name="promised">Whether a promise hangs on the number of rows, which must not hang on the size of images then.</param>
    internal int WindowRows(int imageLength, bool promised) =>
        WindowSize ?? (promised ? MostWindowRows : Math.Clamp(WindowFloats / imageLength, LeastWindowRows, MostWindowRows));

    internal ScoringOptions Clone() => (ScoringOptions)MemberwiseClone();

    private static int AtLeast(int value, int least, string name) => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must be at least {least}.");

    private static int? AtLeast(int? value, int least, string name) => value is { } given ? AtLeast(given, least, name) : null;
}
