using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;
using SkiaSharp;

namespace Microsoft.ML.OtdRouting.Tests.Gates;

/// <summary>A router of small pictures, those pictures as files, and what a cursor says about them.</summary>
public sealed class GateRouter : IDisposable
{
    private readonly ColourRouter _colours = new();

    public GateRouter()
    {
        var rows = ColourPictures.Rows(60, seed: 2, brightest: 200);
        Bytes = rows.ConvertAll(row => ImageFiles.Encode(ColourPictures.Side, ColourPictures.Side, (x, y) => Colour(row.Image, x, y), SKEncodedImageFormat.Png));
        Files = Bytes.Select((bytes, i) =>
        {
            var file = Path.Combine(_colours.Folder, $"{i}.png");
            File.WriteAllBytes(file, bytes);
            return file;
        }).ToList();
        Expected = RoutedValues.Read(Router.Transform(_colours.Load(rows)));
    }

    public OtdRoutingTransformer Router => _colours.Router;

    public IReadOnlyList<byte[]> Bytes { get; }

    public IReadOnlyList<string> Files { get; }

    internal RoutedValues Expected { get; }

    /// <summary>A router that fails on bright pictures, with sessions of its own.</summary>
    public OtdRoutingTransformer WithTrippingModel()
    {
        var options = _colours.OptionsWith([.. ColourModels.Sizes.Select(size => new Resolution(ColourModels.WriteTripping(_colours.Folder, size), size))]);
        return _colours.Fit(options, _colours.Load(ColourPictures.Rows(300, seed: 1, brightest: 200))).Router;
    }

    /// <summary>Asserts that an image has what the cursor says; batches of other sizes may round the last bits otherwise.</summary>
    internal void AssertExpected(int row, RoutedImage found)
    {
        Assert.Equal(Router.Routes[(int)Expected.Routes[row] - 1].Name, found.Route?.Name);
        Assert.Equal(Expected.Costs[row], (float)found.Cost);
        AssertClose(Expected.Scores[row], found.Answer);
        AssertClose(Expected.RouteScores[row], found.RouteScores);
        // Keys are in the order in which the labels of the fit occur first.
        Assert.Equal(_colours.Context.Data.CreateEnumerable<ColourRow>(_colours.Fitting, false).Select(r => r.Label).Distinct()
            .ElementAt((int)Expected.PredictedKeys[row] - 1), found.Prediction);
        Assert.Null(found.Problem);
    }

    public void Dispose() => _colours.Dispose();

    private static void AssertClose(float[] expected, IReadOnlyList<float> found)
    {
        Assert.Equal(expected.Length, found.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(expected[i] == found[i] || Math.Abs(expected[i] - found[i]) < 1e-5f, $"{expected[i]} expected, {found[i]} found");
        }
    }

    private static SKColor Colour(float[] planes, int x, int y)
    {
        const int Plane = ColourPictures.Side * ColourPictures.Side;
        var i = (y * ColourPictures.Side) + x;
        return new SKColor((byte)planes[i], (byte)planes[Plane + i], (byte)planes[(2 * Plane) + i]);
    }
}
