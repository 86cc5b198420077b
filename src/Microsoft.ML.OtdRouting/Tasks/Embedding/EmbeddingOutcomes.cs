using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// Computes what routes do on every row: the row is a query, embedded by the route, and searches the other rows, or the gallery that stands beside
/// them, embedded at the largest resolution.
/// </summary>
/// <param name="task">The task.</param>
/// <param name="observations">The rows.</param>
/// <param name="isTuned">Whether maps that are fitted to labels are used.</param>
/// <param name="heldOut">Whether every row is mapped by what has not seen it.</param>
internal sealed class EmbeddingOutcomes(BoundEmbedding task, Observations observations, bool isTuned, bool heldOut)
{
    public const string RecallAt1 = "recall at 1";
    public const string RecallAt5 = "recall at 5";
    public const string RecallAt10 = "recall at 10";
    public const string MeanAveragePrecision = "mean average precision";
    public const string AgreementAt1 = "agreement at 1";
    public const string AgreementAt10 = "agreement at 10";
    public const string SoftError = "other labels";
    public const string DistanceName = "distance";

    /// <summary>Queries that go through the gallery together.</summary>
    private const int Block = 16;

    private readonly GalleryImages _gallery = task.GalleryOf(observations);

    /// <summary>The loss of every route on some rows, and nothing else.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="weights">Weights of the members of each.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public RouteTable Losses(IReadOnlyList<Route> routes, IReadOnlyList<float[]> weights, int[] rows, CancellationToken cancellationToken)
    {
        var losses = new RouteTable(rows.Length, routes.Count);
        var searches = task.Task.Loss != EmbeddingLoss.Cosine;
        ForRows(routes, weights, rows, searches, cancellationToken, (i, k, found) => losses[i, k] = Loss(rows[i], found));
        return losses;
    }

    /// <summary>Computes the outcomes.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="weights">Weights of the members of each.</param>
    /// <param name="withPrecision">Whether the mean average precision is among the measures, which takes longer than all others, and what is found is kept.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public RouteOutcomes Compute(IReadOnlyList<Route> routes, IReadOnlyList<float[]> weights, bool withPrecision, CancellationToken cancellationToken)
    {
        RouteTable NewTable() => new(observations.Rows, routes.Count);
        var (losses, quality, confidence) = (NewTable(), NewTable(), NewTable());
        var isLabelled = task.Task.LabelColumnName is not null;
        var measured = task.Task.Loss == EmbeddingLoss.RetrievedLabel ? NewTable() : losses;
        var surrogate = task.Task.Loss == EmbeddingLoss.RetrievedLabel ? losses : NewTable();
        List<NamedTable> others = isLabelled
            ? [new(RecallAt5, NewTable(), false), new(RecallAt10, NewTable(), false), new(AgreementAt1, NewTable(), false)]
            : [new(AgreementAt10, NewTable(), false)];
        var precision = isLabelled && withPrecision ? NewTable() : null;
        var neighbours = withPrecision ? new FoundTable(observations.Rows, routes.Count) : null;
        ForRows(routes, weights, Enumerable.Range(0, observations.Rows).ToArray(), true, cancellationToken, (row, k, found) =>
        {
            losses[row, k] = Loss(row, found);
            confidence[row, k] = found.Own.Margin(_gallery, found.Similarities, found.Self);
            if (neighbours is not null)
            {
                Keep(found.Own, neighbours[row, k]);
            }

            var agrees = found.Own.Count == 0 || found.Own.Images[0] == found.Largest.Images[0] ? 1 : 0;
            if (!isLabelled)
            {
                quality[row, k] = agrees;
                others[0].Table[row, k] = found.Own.Share(found.Largest.Images);
                surrogate[row, k] = Distance(found);
                return;
            }

            var label = observations.Target(row)[0];
            quality[row, k] = found.Own.Holds(_gallery, label, 1) ? 1 : 0;
            others[0].Table[row, k] = found.Own.Holds(_gallery, label, 5) ? 1 : 0;
            others[1].Table[row, k] = found.Own.Holds(_gallery, label, Neighbours.Most) ? 1 : 0;
            others[2].Table[row, k] = agrees;
            surrogate[row, k] = found.Own.OtherLabels(_gallery, label);
            if (measured != losses)
            {
                measured[row, k] = 1 - quality[row, k];
            }

            if (precision is not null)
            {
                precision[row, k] = found.Own.AveragePrecision(_gallery, found.Similarities, found.Self, label);
            }
        });
        if (precision is not null)
        {
            others.Insert(2, new NamedTable(MeanAveragePrecision, precision, false));
        }

        others.Add(new NamedTable(isLabelled ? SoftError : DistanceName, surrogate, true));
        return new RouteOutcomes(losses, measured, quality, confidence, others) { Found = neighbours };
    }

    /// <summary>Keeps the rows of the nearest images.</summary>
    private void Keep(Neighbours found, Span<int> kept)
    {
        for (var n = 0; n < Math.Min(kept.Length, found.Count); n++)
        {
            kept[n] = found.Images[n] * _gallery.Step;
        }
    }

    private float Loss(int row, SearchedQuery found) => task.Task.Loss switch
    {
        EmbeddingLoss.Cosine => Distance(found),
        EmbeddingLoss.Neighbour => Regret(found),
        _ => found.Own.OtherLabels(_gallery, observations.Target(row)[0]),
    };

    /// <summary>One minus the cosine to the largest resolution's embedding, which rounding must not bring below zero.</summary>
    private static float Distance(SearchedQuery found) => Math.Max(0, 1 - TensorPrimitives.Dot(found.Query, found.LargestQuery));

    /// <summary>By how much the largest resolution's neighbour is less near than the own one.</summary>
    private static float Regret(SearchedQuery found) =>
        found.Own.Count == 0 ? 0 : found.Own.Similarities[0] - found.Similarities[found.Largest.Images[0]];

    /// <summary>Searches with every row by every route.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="weights">Weights of the members of each.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="searches">Whether there is a search at all: distances do without.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="take">Takes the place of a row, the route and what it finds. Is called for different rows at once.</param>
    private void ForRows(
        IReadOnlyList<Route> routes, IReadOnlyList<float[]> weights, int[] rows, bool searches, CancellationToken cancellationToken, FoundSink take)
    {
        var largest = observations.Resolutions - 1;
        var used = routes.SelectMany(r => r.Resolutions).Distinct().Order().ToArray();
        // Every block of rows is computed by itself, so the result does not depend on the number of threads.
        Parallel.For(
            0,
            (rows.Length + Block - 1) / Block,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => new QueryBlock(Block, observations.Resolutions, task.AnswerLength, searches ? _gallery.Count : 0),
            (number, _, block) =>
            {
                var of = rows.AsSpan(number * Block, Math.Min(Block, rows.Length - (number * Block)));
                foreach (var resolution in used)
                {
                    for (var i = 0; i < of.Length; i++)
                    {
                        var map = task.MapOf(resolution, isTuned);
                        task.ReadMapped(
                            resolution,
                            map is null ? null : heldOut ? map.ByFold[observations.Fold(of[i])] : map.Deployed,
                            observations.Kept(resolution, of[i]),
                            block.Member(resolution, i));
                    }
                }

                for (var i = 0; i < of.Length; i++)
                {
                    task.Read(largest, observations.Kept(largest, of[i]), block.LargestQuery(i));
                    UnitVectors.Normalise(block.LargestQuery(i));
                }

                if (searches)
                {
                    _gallery.Compare(block.LargestQueries(of.Length), block.Similarities(of.Length));
                    for (var i = 0; i < of.Length; i++)
                    {
                        block.Largest(i).Find(block.SimilaritiesOf(i), _gallery.ImageOf(of[i]));
                    }
                }

                for (var k = 0; k < routes.Count; k++)
                {
                    Search(block, of, routes[k], weights[k], searches, number * Block, k, take);
                }

                return block;
            },
            _ => { });
    }

    private void Search(QueryBlock block, ReadOnlySpan<int> rows, Route route, float[] weights, bool searches, int first, int k, FoundSink take)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var query = block.Query(i);
            query.Clear();
            for (var m = 0; m < weights.Length; m++)
            {
                TensorPrimitives.MultiplyAdd(block.Member(route.Resolutions[m], i), weights[m], query, query);
            }

            UnitVectors.Normalise(query);
        }

        if (searches)
        {
            _gallery.Compare(block.Queries(rows.Length), block.Similarities(rows.Length));
        }

        for (var i = 0; i < rows.Length; i++)
        {
            var self = _gallery.ImageOf(rows[i]);
            if (searches)
            {
                block.Own.Find(block.SimilaritiesOf(i), self);
            }

            take(first + i, k, new SearchedQuery(block.Query(i), block.LargestQuery(i), block.SimilaritiesOf(i), block.Own, block.Largest(i), self));
        }
    }

    private delegate void FoundSink(int row, int route, SearchedQuery found);
}

/// <summary>A query and what it has found.</summary>
/// <param name="query">Its embedding by a route, of the length one.</param>
/// <param name="largestQuery">Its embedding at the largest resolution, of the length one.</param>
/// <param name="similarities">Cosines with all images of the gallery; empty without a search.</param>
/// <param name="own">What the route finds.</param>
/// <param name="largest">What the largest resolution finds.</param>
/// <param name="self">The image of the gallery that is the query itself; -1 for none.</param>
internal readonly ref struct SearchedQuery(
    ReadOnlySpan<float> query, ReadOnlySpan<float> largestQuery, ReadOnlySpan<float> similarities, Neighbours own, Neighbours largest, int self)
{
    public ReadOnlySpan<float> Query { get; } = query;

    public ReadOnlySpan<float> LargestQuery { get; } = largestQuery;

    public ReadOnlySpan<float> Similarities { get; } = similarities;

    public Neighbours Own { get; } = own;

    public Neighbours Largest { get; } = largest;

    public int Self { get; } = self;
}
