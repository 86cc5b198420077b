using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>
/// A router that looks at a thumbnail, the image at the smallest size, through a small network of its own. The network learns what each route loses on images that the
/// classifiers were not trained on; exact transport of held-out predictions sets the prices, as in the product. No size is part of all routes.
/// </summary>
internal sealed class ThumbnailRouter
{
    private const int Epochs = 10;
    private const int BatchSize = 64;
    private const double WeightDecay = 1e-4;

    private readonly ScoredFamily _family;
    private readonly IReadOnlyList<Route> _routes;
    private readonly RouteTable _heldOut;
    private readonly RouteTable _predicted;
    private readonly RouteOutcomes _outcomes;

    /// <param name="family">The classifiers.</param>
    /// <param name="split">The images.</param>
    /// <param name="predictorCost">Cost of the network, in the unit of the classifiers' costs.</param>
    /// <param name="threads">Threads of training.</param>
    public ThumbnailRouter(ScoredFamily family, ImageSplit split, double predictorCost, int threads)
    {
        _family = family;
        _routes = Routes(predictorCost);
        var (fitting, test) = (family.Observe(split.Fitting), family.Observe(split.Test));
        var task = family.Task;
        var sizes = Enumerable.Range(0, family.Scorers.Costs.Count).ToArray();
        var labels = task.Labels(fitting);
        var values = new LogProbabilityTable(
            fitting, task, labels, AlignedBy.Nothing, TemperatureFit.Fit(fitting, task, labels, AlignedBy.Nothing, sizes), sizes);
        var ensembles = EnsembleFit.Fit(values, _routes, CancellationToken.None);
        var targets = Centred(ClassificationOutcomes.Of(values, _routes, row => ensembles.ByFold[fitting.Fold(row)], new ClassificationTask().Loss).Losses);
        _outcomes = ClassificationOutcomes.Of(
            new LogProbabilityTable(test, task, task.Labels(test), AlignedBy.Nothing, ensembles.Deployed.InverseTemperatures, sizes),
            _routes,
            _ => ensembles.Deployed,
            RoutingLoss.ExpectedError);
        (_heldOut, _predicted) = Learn(split, fitting, test, targets, threads);
    }

    /// <summary>
    /// The part of the variance of what routes lose, relative to each other, that the predictions explain on images that they were not learned from; 0 for those of a constant.
    /// </summary>
    public double Explained { get; private set; }

    /// <summary>Whether the predictions are worse than a constant on images that they were not learned from, and were made one.</summary>
    public bool LearnedNothing => Explained == 0;

    /// <summary>The least budget that there are routes for, as a part of the largest size's cost.</summary>
    public double LeastBudget => _routes[0].Cost / _family.LargestCost;

    /// <summary>Whether each test image is right, and the mean cost, that of the network included, as a part of the largest size's.</summary>
    /// <param name="fraction">The budget, as a part of the largest size's cost.</param>
    /// <param name="onlySingles">Whether routes of several sizes are left out.</param>
    public (bool[] Right, double Cost) At(double fraction, bool onlySingles)
    {
        var kept = Enumerable.Range(0, _routes.Count).Where(k => !onlySingles || _routes[k].Resolutions.Count == 1).ToArray();
        var routes = kept.Select(k => _routes[k]).ToList();
        var prices = PriceFit.Solve(
            _heldOut.Select(kept), routes, RoutingPrior.BudgetOnly(), fraction * _family.LargestCost, null, CancellationToken.None).Prices;
        var chosen = _predicted.Select(kept).Choose(prices);
        return (
            [.. chosen.Select((k, row) => _outcomes.Quality[row, kept[k]] > 0)],
            chosen.Average(k => routes[k].Cost) / _family.LargestCost);
    }

    private List<Route> Routes(double predictorCost)
    {
        var (names, costs) = (_family.Scorers.Names, _family.Scorers.Costs);
        return [.. Enumerable.Range(0, costs.Count)
            .SelectMany(first => RouteEnumeration.Enumerate(names, costs, first, int.MaxValue))
            .Select(r => new Route(r.Resolutions, names, r.Cost + predictorCost))
            .OrderBy(r => r.Cost)
            .ThenBy(r => r.Resolutions.Count)];
    }

    /// <summary>Losses less the mean of their row: routing asks for differences alone.</summary>
    private static RouteTable Centred(RouteTable losses)
    {
        var centred = new RouteTable(losses.Rows, losses.Routes);
        for (var row = 0; row < losses.Rows; row++)
        {
            var mean = 0.0;
            foreach (var loss in losses.Row(row))
            {
                mean += loss / losses.Routes;
            }

            for (var k = 0; k < losses.Routes; k++)
            {
                centred[row, k] = (float)(losses[row, k] - mean);
            }
        }

        return centred;
    }

    /// <summary>Learns without each fold in turn, and predicts that fold and the test images of the same number.</summary>
    private (RouteTable HeldOut, RouteTable Predicted) Learn(ImageSplit split, Observations fitting, Observations test, RouteTable targets, int threads)
    {
        var thumbnails = Thumbnails.Read(split);
        var (heldOut, predicted) = (new RouteTable(fitting.Rows, _routes.Count), new RouteTable(test.Rows, _routes.Count));
        var before = get_num_threads();
        set_num_threads(threads);
        var means = new double[_routes.Count];
        for (var row = 0; row < targets.Rows; row++)
        {
            for (var k = 0; k < means.Length; k++)
            {
                means[k] += targets[row, k] / targets.Rows;
            }
        }

        for (var fold = 0; fold < fitting.FoldCount; fold++)
        {
            manual_seed(fold + 1);
            using var network = ResidualNetwork.OfEight(new NetworkSettings([split.Sizes[0]], _routes.Count, ChosenSizesTraining.PredictorWidth, [128, 128, 128], [64, 64, 64]));
            Train(network, split.Sizes[0], thumbnails, targets, means, [.. Enumerable.Range(0, fitting.Rows).Where(row => fitting.Fold(row) != fold)], fold);
            Predict(network, split.Sizes[0], thumbnails, heldOut, [.. Enumerable.Range(0, fitting.Rows).Where(row => fitting.Fold(row) == fold)], 0);
            Predict(network, split.Sizes[0], thumbnails, predicted, [.. Enumerable.Range(0, test.Rows).Where(row => test.Fold(row) == fold)], split.FittingRows);
        }

        set_num_threads(before);
        Shrink(heldOut, predicted, targets, means);
        return (heldOut, predicted);
    }

    private static void Train(ResidualNetwork network, int size, float[][] thumbnails, RouteTable targets, double[] means, int[] rows, int seed)
    {
        var steps = Epochs * (rows.Length / BatchSize);
        using var parameters = new FlatParameters(network.parameters());
        using var adam = new AdamDescent(parameters);
        var (random, step) = (new Random(seed), 0);
        network.train();
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            random.Shuffle(rows);
            foreach (var batch in rows.Chunk(BatchSize).Where(b => b.Length == BatchSize))
            {
                using var scope = NewDisposeScope();
                parameters.Zero();
                var target = tensor(batch.SelectMany(row => Enumerable.Range(0, targets.Routes).Select(k => (float)(targets[row, k] - means[k]))).ToArray(), [batch.Length, targets.Routes]);
                nn.functional.mse_loss(network.Forward(Input(thumbnails, batch, size), 0).Answer, target).backward();
                adam.Step(ChosenSizesTraining.PredictorRate * (steps - step++) / steps, WeightDecay);
            }
        }
    }

    private static void Predict(ResidualNetwork network, int size, float[][] thumbnails, RouteTable table, int[] rows, int offset)
    {
        using var off = no_grad();
        network.eval();
        foreach (var batch in rows.Chunk(BatchSize))
        {
            using var scope = NewDisposeScope();
            var values = network.Forward(Input(thumbnails, [.. batch.Select(row => row + offset)], size), 0).Answer.contiguous().data<float>().ToArray();
            for (var i = 0; i < batch.Length; i++)
            {
                values.AsSpan(i * table.Routes, table.Routes).CopyTo(table.Row(batch[i]));
            }
        }
    }

    private static Tensor Input(float[][] thumbnails, int[] rows, int size) => tensor(rows.SelectMany(row => thumbnails[row]).ToArray(), [rows.Length, 3, size, size]);

    /// <summary>Takes predictions back to the means by the one factor that suits the held-out losses best: a network that has learned too much from few images is not worse than a constant.</summary>
    private void Shrink(RouteTable heldOut, RouteTable predicted, RouteTable targets, double[] means)
    {
        double products = 0, squares = 0, all = 0;
        for (var i = 0; i < targets.Values.Length; i++)
        {
            var (p, t) = (heldOut.Values[i], targets.Values[i] - means[i % means.Length]);
            products += p * t;
            squares += p * p;
            all += t * t;
        }

        var factor = squares > 0 ? Math.Clamp(products / squares, 0, 1) : 0;
        Explained = factor == 0 ? 0 : ((2 * factor * products) - (factor * factor * squares)) / all;
        foreach (var table in new[] { heldOut, predicted })
        {
            for (var i = 0; i < table.Values.Length; i++)
            {
                table.Values[i] = (float)(means[i % means.Length] + (factor * table.Values[i]));
            }
        }
    }
}
