using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Training.Networks;

namespace Microsoft.ML.OtdRouting.Training.Assignment;

/// <summary>What a detector says about one image: centre, size and scores of the classes at every cell of its grids.</summary>
internal readonly ref struct ImagePredictions
{
    /// <summary>Times the stride, across and down: cells whose centre is within so much of an object's may be its own although they are not in its box. That of "OTA".</summary>
    private const float CentreRadius = 2.5f;

    private readonly ReadOnlySpan<float> _values;

    /// <param name="values">[4 + classes, cells]: centre and size in pixels, and scores.</param>
    /// <param name="grid">The cells.</param>
    public ImagePredictions(ReadOnlySpan<float> values, PredictionGrid grid)
    {
        _values = values;
        Grid = grid;
        Classes = (values.Length / grid.Count) - 4;
    }

    /// <summary>The cells.</summary>
    public PredictionGrid Grid { get; }

    /// <summary>Number of predictions.</summary>
    public int Count => Grid.Count;

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>The box of a prediction.</summary>
    public Box BoxAt(int cell) => Box.OfCentre(_values[cell], _values[Count + cell], _values[(2 * Count) + cell], _values[(3 * Count) + cell]);

    /// <summary>The score of a class.</summary>
    public float ScoreAt(int cell, int type) => _values[((4 + type) * Count) + cell];

    /// <summary>Whether a cell lies in an object's box.</summary>
    public bool IsIn(int cell, in Box box) => box.Contains(Grid.X[cell], Grid.Y[cell]);

    /// <summary>Whether a cell lies about an object's centre.</summary>
    public bool IsCentral(int cell, in Box box)
    {
        var radius = CentreRadius * Grid.Strides[cell];
        return Math.Abs(Grid.X[cell] - box.CentreX) <= radius && Math.Abs(Grid.Y[cell] - box.CentreY) <= radius;
    }

    /// <summary>How many predictions an object wants: as many as the largest IoUs sum to, rounded down, at least one (Ge et al. 2021, "OTA").</summary>
    /// <param name="overlaps">IoUs of the predictions that it may have.</param>
    /// <param name="top">How many of them count.</param>
    public static int Wanted(List<double> overlaps, int top)
    {
        overlaps.Sort();
        var sum = 0.0;
        for (var i = Math.Max(0, overlaps.Count - top); i < overlaps.Count; i++)
        {
            sum += overlaps[i];
        }

        return Math.Max(1, (int)sum);
    }
}
