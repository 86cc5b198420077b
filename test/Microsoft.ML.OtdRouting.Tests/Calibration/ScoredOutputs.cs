using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Calibration;

/// <summary>What the colour models say about colour pictures, with labels and weights.</summary>
public sealed class ScoredOutputs : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public ScoredOutputs()
    {
        Scorers = new ScorerSet(ColourModels.Write(_folder.Path), ImageFit.CenterCrop, new ScoringOptions(), _ => { });
        Table = Read(ColourPictures.Rows(300, seed: 9), weighted: true);
    }

    internal ScorerSet Scorers { get; }

    internal OutputTable Table { get; }

    internal OutputTable Read(List<ColourRow> rows, bool weighted)
    {
        var table = new OutputTable(Scorers, new LowestResolutionFeatures(Scorers.Scorers[0]), foldCount: 5, hasWeights: weighted);
        using var window = new ScoringWindow(Scorers.Scorers, Scorers.ImageLength, rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            rows[row].Image.CopyTo(window.Pixels(row));
            table.AddRow(Array.IndexOf(ColourPictures.ClassNames, rows[row].Label), 0.5f + (row % 4));
        }

        table.AddWindow(window, rows.Count, default);
        return table;
    }

    public void Dispose()
    {
        Scorers.Dispose();
        _folder.Dispose();
    }
}
