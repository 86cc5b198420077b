// Loads a saved model and scores the pictures whose paths come on standard input: a line for each, with the keys of the route and of the
// predicted label and the probabilities. Arguments: the model.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == "Microsoft.ML.OtdRouting") ||
    File.Exists(Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.OtdRouting.dll")))
{
    Console.Error.WriteLine("The package is here; this program must do without it.");
    return 2;
}

var mlContext = new MLContext();
var model = mlContext.Model.Load(args[0], out _);
var pictures = new List<Picture>();
while (Console.ReadLine() is { } path)
{
    pictures.Add(new Picture { Path = path });
}

foreach (var scored in mlContext.Data.CreateEnumerable<Scored>(model.Transform(mlContext.Data.LoadFromEnumerable(pictures)), reuseRowObject: true))
{
    Console.WriteLine($"{scored.Route.Single()} {scored.PredictedLabel.Single()} {string.Join(' ', scored.Score.Select(s => s.ToString("R")))}");
}

return 0;

internal sealed class Picture
{
    public string Path { get; set; } = "";

    public string Label { get; set; } = "";
}

internal sealed class Scored
{
    public uint[] Route { get; set; } = [];

    public uint[] PredictedLabel { get; set; } = [];

    public float[] Score { get; set; } = [];
}
