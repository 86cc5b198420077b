// Measures what scoring many rows does to the memory of a process: the working set after every tenth of the rows. Exits with 1 where it has, without managed memory that is free, grown by more than
// the limit over the last nine tenths. Arguments: "fit", "transformer" or "service"; the file of the router; rows; the limit in MiB. "stream" prints rows,
// the most memory that the process has held, in MiB, and bytes that were allocated for a row.
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;
using Microsoft.ML.OtdRouting.Memory;
using RoutingService;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (what, modelFile) = (args[0], Path.GetFullPath(args[1]));
if (what == "fit")
{
    // In a process of its own, whose memory is gone when the measurement begins.
    var settings = new RouterSettings { ModelFile = modelFile, FittingPictures = 1000 };
    RouterFile.Open(new MLContext(seed: 1), settings, new BatchingSettings(), NullLogger.Instance).Dispose();
    return 0;
}

if (what == "stream")
{
    var (peak, allocated) = StreamRun.Run(modelFile, int.Parse(args[2]));
    Console.WriteLine($"{args[2]} {peak:F1} {allocated:F0}");
    return 0;
}

var (rows, limit) = (int.Parse(args[2]), double.Parse(args[3]));
var samples = what == "service" ? await ServiceRun.RunAsync(modelFile, rows) : TransformerRun.Run(modelFile, rows);
samples.Print();
Console.WriteLine($"Over the last nine tenths, the working set of the {what} has grown by {samples.Growth:F2} MiB, and by {samples.GrowthInUse:F2} MiB without managed memory " +
    $"that is free; of this, {limit} MiB are allowed.");
Console.WriteLine();
return samples.GrowthInUse <= limit ? 0 : 1;
