using System.Diagnostics;
using System.Globalization;
using ExistingPipeline;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const double fraction = 0.4;
const int rounds = 3;
var ml = new MLContext(seed: 1);
var fittingPictures = FashionPictures.Fitting();
var fitting = ml.Data.LoadFromEnumerable(fittingPictures);
var pictures = FashionPictures.Test();
var test = ml.Data.LoadFromEnumerable(pictures);

// There is nothing to fit in the old pipeline, its model is trained: this only puts the steps together.
using var before = (IDisposable)Pipelines.Before(ml).Fit(fitting);
var clock = Stopwatch.StartNew();
using var after = (IDisposable)Pipelines.After(ml, ComputeBudget.FractionOfLargest(fraction)).Fit(fitting);
Console.WriteLine($"Fitted the router on {fittingPictures.Count:N0} pictures in {clock.Elapsed.TotalSeconds:F0} s.");

// In turns, and the best of each: the first round compiles code, and the machine may have other things to do.
var (secondsBefore, secondsAfter) = (double.PositiveInfinity, double.PositiveInfinity);
var (classesBefore, classesAfter) = (new List<string>(), new List<string>());
for (var round = 0; round < rounds; round++)
{
    classesBefore = Classify((ITransformer)before, ref secondsBefore);
    classesAfter = Classify((ITransformer)after, ref secondsAfter);
}

// The old pipeline always costs as much as the largest resolution, of which the budget is a fraction.
var router = ((IEnumerable<ITransformer>)after).OfType<OtdRoutingTransformer>().Single();
var costBefore = router.Budget / fraction;
var costAfter = ((ITransformer)after).Transform(test).GetColumn<float>("Cost").Average(cost => (double)cost);

Console.WriteLine();
Console.WriteLine($"{"",-7} {"accuracy",9} {"seconds",8} {"pictures/s",11} {"MFLOPs a picture",17}");
Tell("before", classesBefore, secondsBefore, costBefore);
Tell("after", classesAfter, secondsAfter, costAfter);
Console.WriteLine();
Console.WriteLine($"Both say the same of {Same(classesBefore, classesAfter):P1} of the {pictures.Count:N0} test pictures.");

// Nothing runs but what the column that is read needs.
List<string> Classify(ITransformer model, ref double best)
{
    var started = Stopwatch.GetTimestamp();
    var classes = model.Transform(test).GetColumn<string>(nameof(PredictedPicture.PredictedClass)).ToList();
    best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
    return classes;
}

void Tell(string name, List<string> classes, double seconds, double flops) => Console.WriteLine(
    $"{name,-7} {Same(classes, pictures.Select(p => p.Label)),9:P2} {seconds,8:F1} {classes.Count / seconds,11:F0} {flops / 1e6,17:F1}");

static double Same(IEnumerable<string> one, IEnumerable<string> other) => one.Zip(other).Average(pair => pair.First == pair.Second ? 1.0 : 0);
