namespace Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

/// <summary>Time of all processors from the first report about a size to the last.</summary>
internal sealed class SizeClock : IProgress<AdaptationProgress>
{
    private readonly Dictionary<string, (TimeSpan First, TimeSpan Last)> _times = [];

    public double BusySeconds(string size) => (_times[size].Last - _times[size].First).TotalSeconds;

    public void Report(AdaptationProgress value)
    {
        if (value.Size is { } size)
        {
            var now = Environment.CpuUsage.TotalTime;
            _times[size] = (_times.TryGetValue(size, out var times) ? times.First : now, now);
        }
    }
}
