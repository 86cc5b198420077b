using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Examples with the map that was predicted, and how far it is from the true one.</summary>
internal static class MapExamples
{
    /// <summary>Longer side of the picture of an image, which lies beside its maps.</summary>
    private const int Side = 104;

    /// <summary>Shows images.</summary>
    /// <param name="request">The images.</param>
    /// <param name="task">The task.</param>
    public static ExampleContents Show(ExampleRequest request, DenseRegressionTask task)
    {
        // Of ratios, errors are parts of the true value, as the measure has them.
        bool isOfRatios = task.Loss != DenseLoss.Squared;
        Resolution largest = request.Options.Resolutions.MaxBy(r => r.Height * r.Width)!;
        IReadOnlyList<Thumbnail> pictures = request.Pictures(_ => ThumbnailShape.Seen(request.Options.ImageFit, largest, Side));
        (List<(float[] Map, float[]? Target)> maps, int width) = Read(request.Answers(), task);
        float[]?[] errors = [.. maps.Select(m => m.Target is { } target ? Errors(m.Map, target, task.MissingTarget, isOfRatios) : null)];
        MapPicture ofValues = MapPicture.Of(ColourRamp.OfValues, maps.Select(m => m.Map)), ofErrors = MapPicture.Of(ColourRamp.OfErrors, errors.OfType<float[]>(), low: 0);
        string Unit(double error) => isOfRatios ? string.Create(CultureInfo.InvariantCulture, $"{100 * error:F0}\u00a0%") : MapPicture.Plain(error);
        using PictureFile encoder = new();
        string Encode(MapPicture picture, float[] map)
        {
            using MLImage image = picture.Draw(map, width);
            return encoder.Encode(image, exact: true);
        }

        bool hasErrors = errors.Any(e => e is not null);
        return new ExampleContents([.. maps.Select((m, i) => new ExampleContent(pictures[i])
        {
            Beside =
            [
                new ExamplePicture(Encode(ofValues, m.Map), "predicted"),
                .. errors[i] is { } own ? [new ExamplePicture(Encode(ofErrors, own), MeanError(own, Unit))] : Array.Empty<ExamplePicture>(),
            ],
            Description = $"Predicted from {MapPicture.Plain(m.Map.Min())} to {MapPicture.Plain(m.Map.Max())}{(errors[i] is { } error ? $", {MeanError(error, Unit)}" : "")}.",
        })])
        {
            Note = hasErrors
                ? $"Beside each, what was predicted, and its error{(isOfRatios ? " as a part of the true value" : "")}; grey pixels have no true value. The colours are the same for all images."
                : "Beside each, what was predicted. The colours are the same for all images.",
            Scales = [ofValues.Scale("Predicted", MapPicture.Plain), .. hasErrors ? [ofErrors.Scale("Error", Unit)] : Array.Empty<ColourScale>()],
        };
    }

    /// <summary>How far a map is from the true one, pixel by pixel: by the part of the true value, or plainly. NaN where there is none.</summary>
    /// <param name="map">The map.</param>
    /// <param name="target">The true one.</param>
    /// <param name="missing">What stands in it at pixels without a value, besides NaN.</param>
    /// <param name="isOfRatios">Whether errors are parts of the true value.</param>
    public static float[] Errors(float[] map, float[] target, float missing, bool isOfRatios) => [.. map.Zip(target, (value, truth) =>
        float.IsNaN(truth) || truth == missing ? float.NaN : Math.Abs(value - truth) / (isOfRatios ? truth : 1))];

    /// <summary>The mean of the errors that there are, in words.</summary>
    public static string MeanError(float[] errors, Func<double, string> unit)
    {
        float[] known = [.. errors.Where(e => !float.IsNaN(e))];
        return known.Length == 0 ? "no true value" : $"error {unit(known.Average(e => (double)e))}";
    }

    private static (List<(float[] Map, float[]? Target)> Maps, int Width) Read(IDataView scored, DenseRegressionTask task)
    {
        DataViewSchema.Column prediction = scored.Schema["Prediction"];
        DataViewSchema.Column? truth = task.TargetColumnName is { } name ? scored.Schema[name] : null;
        List<(float[], float[]?)> maps = [];
        using DataViewRowCursor cursor = scored.GetRowCursor(truth is { } column ? [prediction, column] : [prediction]);
        ValueGetter<VBuffer<float>> getMap = cursor.GetGetter<VBuffer<float>>(prediction);
        ValueGetter<VBuffer<float>>? getTarget = truth is { } active ? cursor.GetGetter<VBuffer<float>>(active) : null;
        VBuffer<float> map = default, target = default;
        while (cursor.MoveNext())
        {
            getMap(ref map);
            getTarget?.Invoke(ref target);
            maps.Add(([.. map.DenseValues()], getTarget is null ? null : [.. target.DenseValues()]));
        }

        return (maps, ((VectorDataViewType)prediction.Type).Dimensions[^1]);
    }
}
