using System.Globalization;
using Microsoft.ML.OtdRouting.Training.Quality;
using Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = TrainingOptions.Parse(args);
if (options.Measures("adapt"))
{
    AdaptationMeasurement.Run(options);
}
