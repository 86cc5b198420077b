using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Quality.Tables;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Embedding;

namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>What each size finds by itself.</summary>
/// <param name="Sizes">The sizes that were searched with, ascending.</param>
/// <param name="Costs">The cost of each, in FLOPs.</param>
/// <param name="Outcomes">What each does with each query.</param>
internal sealed record SizeRecall(IReadOnlyList<int> Sizes, IReadOnlyList<double> Costs, RouteOutcomes Outcomes)
{
    /// <summary>Queries at each size, gallery at the largest one.</summary>
    /// <param name="split">The images.</param>
    /// <param name="network">The network.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="fitting">Images to which maps into the space of the largest size are fitted; null for embeddings as they are.</param>
    public static SizeRecall Of(CharacterSplit split, CharacterNetwork network, IReadOnlyList<int> sizes, IReadOnlyList<Character>? fitting)
    {
        var context = new MLContext(1);
        void Write(string message) => Progress.Write(message);
        using var scorers = new ScorerSet([.. network.Resolutions.Where(r => sizes.Contains(r.Height))], ImageFit.CenterCrop, new ScoringOptions(), Write);
        IDataView View(IReadOnlyList<Character> characters) => CharacterSplit.View(context, characters, sizes[^1]);
        var queriesView = View(split.Queries);
        BoundTask task = new EmbeddingTask { LabelColumnName = CharacterSplit.KeyColumn }.Bind(queriesView.Schema, scorers);
        var reader = new ObservationReader(
            scorers, task, nameof(CharacterRow.Image), new FittingOptions(), scorers.WindowRows(promised: false), new RowFailures(RowFailureAction.Fail, Write), _ => { }, CancellationToken.None);
        if (fitting is not null)
        {
            task = task.Settle(reader.Read(View(fitting)), Write, CancellationToken.None);
        }

        var queries = reader.Read(queriesView);
        queries.Gallery = reader.Read(View(split.Gallery));
        return new SizeRecall(sizes, scorers.Costs, task.AsTheyAre(queries, RouteEnumeration.Singles(scorers.Names, scorers.Costs)).Outcomes(queries));
    }

    /// <summary>Recall at 1, in %.</summary>
    public string At1(int size) => Report.Percent(Outcomes.Quality.Mean(Index(size)));

    /// <summary>Recall at 5, in %.</summary>
    public string At5(int size) => Report.Percent(Outcomes.Others.Single(o => o.Name == EmbeddingOutcomes.RecallAt5).Table.Mean(Index(size)));

    private int Index(int size) => Sizes.Index().Single(s => s.Item == size).Index;
}
