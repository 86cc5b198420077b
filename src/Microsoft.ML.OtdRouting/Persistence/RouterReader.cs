using Google.Protobuf;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Reads what <see cref="RouterWriter"/> wrote.</summary>
internal sealed class RouterReader
{
    private readonly SavedRouter _saved;
    private readonly Dictionary<string, TensorProto> _constants;

    private RouterReader(SavedGraph graph)
    {
        _saved = graph.Router;
        _constants = Damage.Read("the graph", () => GraphWriter.ConstantsOf(graph.Graph).ToDictionary(t => t.Name));
    }

    /// <summary>Reads a router.</summary>
    /// <param name="graph">The router, which <see cref="SavedRouterCheck"/> has found to be whole, and its graph, which holds the weights of the models.</param>
    /// <param name="openScorers">Opens the models: from the resolutions, the unit of their costs and the saved options.</param>
    /// <exception cref="InvalidDataException">The router is damaged.</exception>
    public static LoadedRouter Read(SavedGraph graph, Func<IReadOnlyList<Resolution>, CostUnit, string, ScorerSet> openScorers) =>
        new RouterReader(graph).Read(openScorers);

    /// <summary>Refuses routers of other versions.</summary>
    /// <exception cref="InvalidDataException">The router is of another version.</exception>
    public static void RequireVersion(SavedRouter saved)
    {
        if (saved.Version != RouterWriter.Version)
        {
            throw new InvalidDataException(
                $"The router was saved in version {saved.Version} of the format; this library ({RouterMetadata.LibraryVersion}) reads version " +
                $"{RouterWriter.Version}: fit it again.");
        }
    }

    private LoadedRouter Read(Func<IReadOnlyList<Resolution>, CostUnit, string, ScorerSet> openScorers)
    {
        var resolutions = Resolutions();
        var scorers = openScorers(resolutions, (CostUnit)_saved.CostUnit, _saved.Options);
        try
        {
            Damage.Require(
                scorers.Scorers.Select(s => s.Resolution).SequenceEqual(resolutions), "the list of resolutions", "they are not in the order of their costs");
            var task = Damage.Read("the router's task", () => TaskKind.Find(_saved.Task).Load(_saved.BoundTask, scorers));
            var candidates = _saved.Candidates.Select((c, i) => Damage.Read($"candidate {i}", () => Candidate(c, task, scorers))).ToList();
            var fitted = new FittedRouter(
                candidates,
                Damage.Read("the single resolutions", () => Part(_saved.Alone, task, scorers)),
                Damage.Read("the plain resolutions", () => Part(_saved.Plain, task, scorers)),
                _saved.SamplePrior.Count == 0 ? null : [.. _saved.SamplePrior],
                _saved.Positions.Select(p => (ushort)p).ToArray(),
                _saved.Sample is { } sample ? new FeatureSample([.. sample.Features], new RouteTable([.. sample.Losses], candidates[0].Routes.Count)) : null);
            var current = _saved.Policies.Select(p => p.Alone ? candidates[p.Candidate].Alone : candidates[p.Candidate]).ToList();
            var parts = current.Zip(_saved.Policies, (c, p) => new PolicyPart(new RoutingPolicy(c.Predictors, Prices(p.Prices)), c.Routes, p.Share)).ToList();
            var scorer = new RoutedScorer(scorers, task, current.Select(c => c.Model).ToList(), new PolicyMix(parts, _saved.Budget));
            var tests = _saved.Promise?.Tests.Select(t => new PromiseTest(t.Budget, t.Quality, t.Reference, t.Gains, t.Losses, t.PValue)).ToArray();
            return new LoadedRouter(_saved.Options, resolutions, scorer, (ImageForm)_saved.ImageForm, fitted, _saved.Promise?.Rows ?? 0, tests ?? []);
        }
        catch
        {
            scorers.Dispose();
            throw;
        }
    }

    private List<Resolution> Resolutions()
    {
        // Resolutions of one model share its bytes, and so its session.
        var models = new Dictionary<(string, ByteString), EmbeddedModel>();
        var unit = (CostUnit)_saved.CostUnit;
        return _saved.Resolutions.Select((r, i) => Damage.Read($"resolution {i} ('{r.Name}')", () => new Resolution(r.ModelFile, r.Height, r.Width)
        {
            Name = r.Name,
            InputName = r.Input,
            OutputName = r.Output,
            EmbeddingName = r.Embedding,
            OutputKind = (ModelOutputKind)r.OutputKind,
            Preprocessing = new ImagePreprocessing
            {
                Scale = r.Scale,
                Mean = r.Mean,
                StandardDeviation = r.StandardDeviation,
                ChannelOrder = (ChannelOrder)r.ChannelOrder,
                Layout = (PixelLayout)r.Layout,
            },
            Flops = unit == CostUnit.Flops ? r.Cost : null,
            Milliseconds = unit == CostUnit.Milliseconds ? r.Cost : null,
            Embedded = models.TryGetValue((r.Sha256, r.Model), out var model)
                ? model
                : models[(r.Sha256, r.Model)] = new EmbeddedModel(ModelSkeleton.Fill(r.Model, _constants), r.Sha256),
        })).ToList();
    }

    private static RouterCandidate Candidate(SavedCandidate saved, BoundTask task, ScorerSet scorers)
    {
        var (model, outcomes) = Part(saved.Part, task, scorers);
        var features = saved.Predictors[0].Weights.Count / model.Routes.Count;
        if (features != model.FeatureCount || (model.FoldCount ?? saved.Predictors.Count) != saved.Predictors.Count)
        {
            throw new InvalidDataException(
                $"it has {saved.Predictors.Count} predictors by {features} features; its first look has {model.FeatureCount}, in {model.FoldCount} folds");
        }

        return new RouterCandidate(
            model,
            saved.Predictors.Select(p => new LossPredictor([.. p.Weights], [.. p.Bias])).ToList(),
            new RouteTable([.. saved.HeldOut], model.Routes.Count),
            outcomes);
    }

    private static (TaskModel Model, RouteOutcomes Outcomes) Part(SavedPart saved, BoundTask task, ScorerSet scorers)
    {
        var routes = saved.Routes.Select(r => new Route([.. r.Members], scorers.Names, r.Cost)).ToList();
        RouteTable Table(IEnumerable<float> values) => new([.. values], routes.Count);
        var outcomes = saved.Outcomes;
        return (
            task.Load(saved.Model, saved.FirstLook, routes),
            new RouteOutcomes(
                Table(outcomes.Losses),
                Table(outcomes.Measured),
                Table(outcomes.Quality),
                Table(outcomes.Confidence),
                outcomes.Others.Select(o => new NamedTable(o.Name, Table(o.Values), o.IsSurrogate)).ToList()));
    }

    private static PriceCalibration Prices(SavedPrices saved) =>
        new([.. saved.Prices], [.. saved.Shares], saved.Budget, saved.MeanCost, saved.CostDeviation, saved.BudgetPrice, saved.Rows)
        {
            Bounds = saved.Bounds is { } bounds ? new RouteBounds([.. bounds.Floors], [.. bounds.Ceilings]) : null,
        };
}
