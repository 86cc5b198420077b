// Measures how long concurrent callers of a gate wait, beside what a cursor does with the same files. Exits with 1 where the slowest of a hundred images of the most callers takes five
// times the median or more. Arguments: the most callers; seconds for each number of callers;
// milliseconds that a batch waits (the gate's default without them).
using System.Diagnostics;
using System.Globalization;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Latency;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (most, seconds) = (int.Parse(args[0]), double.Parse(args[1]));
var gateOptions = new GateOptions();
if (args.Length > 2)
{
    gateOptions.MaxDelay = TimeSpan.FromMilliseconds(double.Parse(args[2]));
}

var ml = new MLContext(seed: 1);
var options = new OtdResolutionRouter.Options
{
    ImageColumnName = nameof(FashionPicture.Path),
    Task = new ClassificationTask { LabelColumnName = "Key", ClassNames = FashionPictures.ClassNames },
    Budget = ComputeBudget.FractionOfLargest(0.4),
};
foreach (var resolution in FashionPictures.Resolutions)
{
    options.Resolutions.Add(resolution);
}

var fitting = ml.Data.LoadFromEnumerable(FashionPictures.Fitting(1000));
var keys = ml.Transforms.Conversion.MapValueToKey("Key", nameof(FashionPicture.Label)).Fit(fitting);
using var router = ml.OtdRouting().Route(options).Fit(keys.Transform(fitting));
var pictures = FashionPictures.Test();
var routed = router.Transform(ml.Data.LoadFromEnumerable(pictures));
int Pass() => routed.GetColumn<float[]>("Score").Count();
Pass();
var (rows, begun) = (0, Stopwatch.GetTimestamp());
while (Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds)
{
    rows += Pass();
}

Console.WriteLine($"A cursor over the same files: {rows / Stopwatch.GetElapsedTime(begun).TotalSeconds:F0} images/s.");
Console.WriteLine();
Console.WriteLine("| callers | images/s | images a batch | median, ms | 95 % within | 99 % within | slowest | 99 % by median |");
Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
var last = 0.0;
foreach (var callers in new[] { 1, 8, 64, most }.Where(n => n <= most).Distinct())
{
    await using var gate = router.CreateGate(gateOptions);
    var run = await GateRun.RunAsync(gate, pictures, callers, seconds);
    Console.WriteLine(run);
    last = run.Ratio;
}

return last < 5 ? 0 : 1;
