using System.Globalization;
using Microsoft.ML.OtdRouting.Training.Quality;
using Microsoft.ML.OtdRouting.Training.Quality.Adaptation;
using Microsoft.ML.OtdRouting.Training.Quality.Arms;
using Microsoft.ML.OtdRouting.Training.Quality.BloodCells;
using Microsoft.ML.OtdRouting.Training.Quality.Characters;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = MeasuringOptions.Parse(args);
if (options.Measures("adapt"))
{
    AdaptationMeasurement.Run(options);
}

if (options.Measures("train"))
{
    TrainingMeasurement.Run(options);
}

if (options.Measures("omniglot"))
{
    RetrievalMeasurement.Run(options);
}

if (options.Measures("bccd"))
{
    BloodMeasurement.Run(options);
}
