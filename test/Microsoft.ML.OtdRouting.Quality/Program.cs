using System.Globalization;
using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Quality.Tables;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return Measurements.Run(MeasurementOptions.Parse(args));
