using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

/// <summary>What the colour models say about colour pictures, with labels and weights.</summary>
public sealed class ScoredOutputs : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public ScoredOutputs()
    {
        Scorers = new ScorerSet(ColourModels.Write(_folder.Path), ImageFit.CenterCrop, new ScoringOptions(), _ => { });
        Task = Bind(new ClassificationTask());
        Observations = Read(ColourPictures.Rows(300, seed: 9), weighted: true);
    }

    internal ScorerSet Scorers { get; }

    internal BoundClassification Task { get; }

    internal Observations Observations { get; }

    /// <summary>The classes of the rows.</summary>
    internal int[] Labels => Task.Labels(Observations).Truth;

    /// <summary>A task whose labels are in the order of the classes.</summary>
    internal BoundClassification Bind(ClassificationTask task) =>
        new(task, new ClassMap(ColourPictures.ClassNames, [0, 1, 2]), new KeyDataViewType(typeof(uint), 3), null, Scorers);

    internal Observations Read(List<ColourRow> rows, bool weighted, BoundClassification? task = null)
    {
        task ??= Task;
        var observations = new Observations(task, Scorers.Scorers.Count, foldCount: 5, hasWeights: weighted);
        using var window = new ObservationWindow(Scorers, task, rows.Count, (_, _, problem, _) => throw new InvalidDataException(problem));
        for (var row = 0; row < rows.Count; row++)
        {
            rows[row].Image.CopyTo(window.Pixels(row));
        }

        for (var resolution = 0; resolution < Scorers.Scorers.Count; resolution++)
        {
            window.Observe(resolution, Enumerable.Range(0, rows.Count).ToArray());
        }

        for (var row = 0; row < rows.Count; row++)
        {
            observations.AddRow(RowPlace.Of(window.Pixels(row), 5), 0.5f + (row % 4))[0] = Array.IndexOf(ColourPictures.ClassNames, rows[row].Label);
            observations.AddKept(window, row);
        }

        return observations;
    }

    public void Dispose()
    {
        Scorers.Dispose();
        _folder.Dispose();
    }
}
