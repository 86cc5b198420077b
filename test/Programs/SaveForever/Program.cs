// Loads a model and saves it under another name, again and again, until it is killed; says when it begins and
// after every time. Arguments: the model, the other name.
using Microsoft.ML;

var mlContext = new MLContext();
var model = mlContext.OtdRouting().Load(args[0], out var schema);
Console.WriteLine("saving");
while (true)
{
    mlContext.OtdRouting().Save(model, schema, args[1]);
    Console.WriteLine("saved");
}
