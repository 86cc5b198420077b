using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Onnx;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Makes the full transformer of what <see cref="RouterWriter"/> wrote.</summary>
internal sealed class RouterReader
{
    private readonly SavedRouter _saved;
    private readonly Dictionary<string, TensorProto> _constants;
    private readonly RouterContext _log;

    private RouterReader(SavedRouter saved, GraphProto graph, RouterContext log)
    {
        _saved = saved;
        _constants = graph.Initializer.ToDictionary(t => t.Name);
        _log = log;
    }

    /// <summary>Reads a router.</summary>
    /// <param name="saved">The router.</param>
    /// <param name="graph">Its graph, which holds the weights of the models.</param>
    /// <param name="scoring">How to run the models; null for how they were run.</param>
    /// <param name="log">Takes warnings.</param>
    /// <exception cref="InvalidDataException">The router is of a later version, or damaged.</exception>
    public static OtdRoutingTransformer Read(SavedRouter saved, GraphProto graph, ScoringOptions? scoring, RouterContext log)
    {
        if (saved.Version != RouterWriter.Version)
        {
            throw new InvalidDataException(
                $"The router was saved in version {saved.Version} of the format; this library ({RouterMetadata.LibraryVersion}) reads version {RouterWriter.Version}.");
        }

        return new RouterReader(saved, graph, log).Read(scoring);
    }

    private OtdRoutingTransformer Read(ScoringOptions? scoring)
    {
        var resolutions = Resolutions();
        var options = Options(resolutions);
        options.Scoring = scoring?.Clone() ?? options.Scoring;
        options.Validate();
        var scorers = new ScorerSet(resolutions, options.ImageFit, options.Scoring, _log.Warning, (CostUnit)_saved.CostUnit);
        try
        {
            var candidates = _saved.Candidates.Select(c => Candidate(c, scorers)).ToList();
            var current = candidates[_saved.Current];
            var label = _saved.Label;
            var classes = new ClassMap([.. label.Names], [.. label.ClassOfKey]);
            var policy = current.Fit.Policy.WithCalibration(Prices(_saved.Prices));
            var scorer = new RoutedScorer(current.Scorers, current.Fit.Routes, current.Fit.Ensemble, classes, policy);
            var columns = new RoutedColumns(
                options.ColumnNames,
                scorer,
                new KeyDataViewType(LabelColumn.RawType(label.RawType), label.Count),
                label.HasNames ? RoutedColumns.KeyValues(label.Names) : null,
                _saved.ImagesAreVectors);
            return new OtdRoutingTransformer(options, scorer, columns, candidates, null, _log);
        }
        catch
        {
            scorers.Dispose();
            throw;
        }
    }

    private List<Resolution> Resolutions()
    {
        // Resolutions of one file share its bytes, and so its session.
        var models = new Dictionary<string, EmbeddedModel>();
        var unit = (CostUnit)_saved.CostUnit;
        return _saved.Resolutions.Select(r => new Resolution(r.ModelFile, r.Height, r.Width)
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
            Embedded = models.TryGetValue(r.Sha256, out var model)
                ? model
                : models[r.Sha256] = new EmbeddedModel(ModelSkeleton.Fill(r.Model, _constants), r.Sha256),
        }).ToList();
    }

    private OtdResolutionRouter.Options Options(IEnumerable<Resolution> resolutions)
    {
        var saved = _saved.Options;
        var options = new OtdResolutionRouter.Options
        {
            ImageColumnName = saved.ImageColumn,
            LabelColumnName = saved.LabelColumn,
            ExampleWeightColumnName = saved.HasWeightColumn ? saved.WeightColumn : null,
            ScoreColumnName = saved.ScoreColumn,
            PredictedLabelColumnName = saved.PredictedLabelColumn,
            RouteColumnName = saved.RouteColumn,
            RouteScoresColumnName = saved.RouteScoresColumn,
            CostColumnName = saved.CostColumn,
            Budget = Budget(saved.Budget),
            Prior = RoutingPrior.FromSaved(saved.Prior),
            Enforcement = (BudgetEnforcement)saved.Enforcement,
            Loss = Loss(saved),
            Objective = (RoutingObjective)saved.Objective,
            Predictor = saved.HiddenUnits == 0 ? RoutingPredictor.Linear : RoutingPredictor.Mlp(saved.HiddenUnits),
            AlternationRounds = saved.AlternationRounds,
            PlanEpsilon = saved.PlanEpsilon,
            MatchClasses = saved.MatchClasses,
            ClassNames = saved.ClassNames.Count == 0 ? null : [.. saved.ClassNames],
            MaxRouteSize = saved.HasMaxRouteSize ? saved.MaxRouteSize : null,
            RouteChoice = (RouteChoice)saved.RouteChoice,
            PruneRoutes = saved.PruneRoutes,
            FoldCount = saved.FoldCount,
            Seed = saved.Seed,
            ImageFit = (ImageFit)saved.ImageFit,
            Scoring = new ScoringOptions
            {
                BatchSize = saved.Scoring.BatchSize,
                WindowSize = saved.Scoring.WindowSize,
                IntraOpNumThreads = saved.Scoring.HasIntraOpThreads ? saved.Scoring.IntraOpThreads : null,
                GpuDeviceId = saved.Scoring.HasGpuDevice ? saved.Scoring.GpuDevice : null,
                FallbackToCpu = saved.Scoring.FallbackToCpu,
            },
        };
        foreach (var resolution in resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return options;
    }

    private static ComputeBudget Budget(SavedBudget saved) =>
        !saved.HasUnit ? ComputeBudget.FractionOfLargest(saved.Value)
        : (CostUnit)saved.Unit == CostUnit.Flops ? ComputeBudget.Flops(saved.Value)
        : ComputeBudget.Milliseconds(saved.Value);

    private static RoutingLoss Loss(SavedOptions saved)
    {
        if (!saved.LossIsCustom)
        {
            return RoutingLoss.Known.TryGetValue(saved.Loss, out var known)
                ? known
                : throw new InvalidDataException($"The saved router minimises '{saved.Loss}', which this library ({RouterMetadata.LibraryVersion}) does not know.");
        }

        return RoutingLoss.Custom(
            saved.Loss,
            (_, _, _) => throw new NotSupportedException(
                $"The router was fitted to the loss '{saved.Loss}', a function of the program that saved it; a loaded router cannot be compared in it."),
            saved.LossNeedsLabel);
    }

    private static RouterCandidate Candidate(SavedCandidate saved, ScorerSet whole)
    {
        var scorers = whole.From(saved.First);
        var routes = saved.Routes.Select(r => new Route([.. r.Members], scorers.Names, r.Cost)).ToList();
        var ensemble = new Ensemble(routes, scorers.OutputKinds, [.. saved.InverseTemperatures], saved.Pools.Select(Pool).ToArray());
        var features = new LowestResolutionFeatures(scorers.Scorers[0], saved.WithEmbedding);
        var calibration = saved.FeatureCalibration is { } restated
            ? new FeatureCalibration(features, restated.InverseTemperature, restated.Pools.Select(Pool).ToArray())
            : null;
        var policy = new RoutingPolicy(features, calibration, saved.Predictors.Select(Predictor).ToList(), Prices(saved.Prices));
        int[] labels = [.. saved.Labels];
        var penalty = saved.Penalty is { } sample
            ? new PenaltySample([.. sample.Features], [.. sample.LogLosses], [.. sample.Costs], sample.Seed)
            : null;
        var record = new FittingRecord(
            RouteOutcomes.FromSaved(saved.Resolutions, labels, scorers.Scorers.Count),
            [.. saved.HeldOut],
            saved.SamplePrior.Count == 0 ? null : [.. saved.SamplePrior],
            penalty);
        var fit = new RouterFit(ensemble, policy, record, RouteOutcomes.FromSaved(saved.Outcomes, labels, routes.Count), routes);
        return new RouterCandidate(saved.First, scorers, fit);
    }

    private static LogPool Pool(SavedPool saved) =>
        new([.. saved.Weights], [.. saved.Bias], saved.Mixing.Count == 0 ? null : [.. saved.Mixing]);

    private static LossPredictor Predictor(SavedPredictor saved) => new(
        [.. saved.Weights],
        [.. saved.Bias],
        saved.Hidden is { } hidden ? new HiddenLayer([.. hidden.Input], [.. hidden.Bias], [.. hidden.Output]) : null);

    private static PriceCalibration Prices(SavedPrices saved) =>
        new([.. saved.Prices], [.. saved.Shares], saved.Budget, saved.MeanCost, saved.CostDeviation, saved.BudgetPrice, saved.Rows)
        {
            Bounds = saved.Bounds is { } bounds ? new RouteBounds([.. bounds.Floors], [.. bounds.Ceilings]) : null,
        };
}
