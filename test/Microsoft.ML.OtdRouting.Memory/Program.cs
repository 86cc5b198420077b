// Measures what scoring many rows does to the memory of a process: the working set after every tenth of the rows. Exits with 1 where it has grown by more than the limit
// over the last nine tenths. Arguments: "fit", "transformer" or "service"; the file of the router; rows; the limit in MiB.
using System.Globalization;
using FashionData;
using MeasureMemory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;
using RoutingService;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (what, modelFile) = (args[0], Path.GetFullPath(args[1]));
if (what == "fit")
{
    // In a process of its own, whose memory is gone when the measurement begins.
    using var router = RouterFile.Open(new MLContext(seed: 1), new RouterSettings { ModelFile = modelFile, FittingPictures = 1000 }, new BatchingSettings(), NullLogger.Instance);
    Console.WriteLine($"Fitted {modelFile}; {FashionPictures.Test().Count} pictures to score.");
    return 0;
}

var (rows, limit) = (int.Parse(args[2]), double.Parse(args[3]));
var samples = what == "service" ? await ServiceRun.RunAsync(modelFile, rows) : TransformerRun.Run(modelFile, rows);
samples.Print();
Console.WriteLine($"The working set has grown by {samples.Growth:F2} MiB over the last nine tenths; allowed are {limit} MiB.");
return samples.Growth <= limit ? 0 : 1;
