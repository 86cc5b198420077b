using Google.Protobuf.Collections;
using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Onnx;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Writes all that makes up a fitted router; <see cref="RouterReader"/> reads it.</summary>
internal static class RouterWriter
{
    /// <summary>Version of the format.</summary>
    public const int Version = 1;

    /// <summary>Writes a router.</summary>
    /// <param name="graph">Its graph: weights in it are not written again.</param>
    /// <param name="options">The options of the fit.</param>
    /// <param name="scorer">The router at work.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="candidates">What it can be retargeted to.</param>
    public static SavedRouter Write(
        GraphProto graph, OtdResolutionRouter.Options options, RoutedScorer scorer, RoutedColumns columns, IReadOnlyList<RouterCandidate> candidates)
    {
        var constants = ModelSkeleton.ConstantsOf(graph);
        var whole = candidates[0].Scorers;
        var saved = new SavedRouter
        {
            Version = Version,
            Options = Options(options),
            Label = Label(columns, scorer.Classes),
            ImagesAreVectors = columns.ImagesAreVectors,
            CostUnit = (int)whole.CostUnit,
            Current = candidates.TakeWhile(c => c.Scorers != scorer.ScorerSet).Count(),
            Prices = Prices(scorer.Policy.Calibration),
        };
        saved.Resolutions.AddRange(whole.Scorers.Zip(whole.Costs, (s, cost) => Resolution(s, cost, constants)));
        saved.Candidates.AddRange(candidates.Select(Candidate));
        return saved;
    }

    private static SavedOptions Options(OtdResolutionRouter.Options options)
    {
        var custom = !(RoutingLoss.Known.TryGetValue(options.Loss.Name, out var known) && ReferenceEquals(known, options.Loss));
        var saved = new SavedOptions
        {
            ImageColumn = options.ImageColumnName,
            LabelColumn = options.LabelColumnName,
            ScoreColumn = options.ScoreColumnName,
            PredictedLabelColumn = options.PredictedLabelColumnName,
            RouteColumn = options.RouteColumnName,
            RouteScoresColumn = options.RouteScoresColumnName,
            CostColumn = options.CostColumnName,
            Budget = new SavedBudget { Value = options.Budget.Value },
            Prior = options.Prior.ToSaved(),
            Enforcement = (int)options.Enforcement,
            Loss = options.Loss.Name,
            LossNeedsLabel = options.Loss.NeedsLabel,
            LossIsCustom = custom,
            Objective = (int)options.Objective,
            HiddenUnits = options.Predictor.Hidden,
            AlternationRounds = options.AlternationRounds,
            PlanEpsilon = options.PlanEpsilon,
            MatchClasses = options.MatchClasses,
            RouteChoice = (int)options.RouteChoice,
            PruneRoutes = options.PruneRoutes,
            FoldCount = options.FoldCount,
            Seed = options.Seed ?? 0,
            ImageFit = (int)options.ImageFit,
            Scoring = new SavedScoring
            {
                BatchSize = options.Scoring.BatchSize,
                WindowSize = options.Scoring.WindowSize,
                FallbackToCpu = options.Scoring.FallbackToCpu,
            },
            ClassNames = { options.ClassNames ?? [] },
        };
        // Protobuf's optional fields are present once they are set, and take no null.
        if (options.ExampleWeightColumnName is { } weight)
        {
            saved.WeightColumn = weight;
        }

        if (options.Budget.Unit is { } unit)
        {
            saved.Budget.Unit = (int)unit;
        }

        if (options.MaxRouteSize is { } size)
        {
            saved.MaxRouteSize = size;
        }

        if (options.Scoring.IntraOpNumThreads is { } threads)
        {
            saved.Scoring.IntraOpThreads = threads;
        }

        if (options.Scoring.GpuDeviceId is { } device)
        {
            saved.Scoring.GpuDevice = device;
        }

        return saved;
    }

    private static SavedLabel Label(RoutedColumns columns, ClassMap classes) => new()
    {
        RawType = columns.LabelType.RawType.Name,
        Count = columns.LabelType.Count,
        HasNames = columns.HasLabelNames,
        Names = { classes.Names },
        ClassOfKey = { Enumerable.Range(0, classes.Count).Select(classes.ClassOfKey) },
    };

    private static SavedResolution Resolution(ResolutionScorer scorer, double cost, IReadOnlyDictionary<string, string> constants)
    {
        var resolution = scorer.Resolution;
        var preprocessing = resolution.Preprocessing;
        return new SavedResolution
        {
            ModelFile = Path.GetFileName(resolution.ModelFile),
            Sha256 = scorer.ModelSha256,
            Model = ModelSkeleton.Strip(scorer.ReadModel(), constants),
            Height = resolution.Height,
            Width = resolution.Width,
            Name = resolution.Name,
            Input = scorer.InputName,
            Output = scorer.OutputName,
            Embedding = scorer.EmbeddingName ?? "",
            OutputKind = (int)resolution.OutputKind,
            Scale = preprocessing.Scale,
            Mean = { preprocessing.Mean },
            StandardDeviation = { preprocessing.StandardDeviation },
            ChannelOrder = (int)preprocessing.ChannelOrder,
            Layout = (int)preprocessing.Layout,
            Cost = cost,
        };
    }

    private static SavedCandidate Candidate(RouterCandidate candidate)
    {
        var (ensemble, policy, record, outcomes, routes) = candidate.Fit;
        var rows = RowSelection.Of(outcomes.Rows);
        var saved = new SavedCandidate
        {
            First = candidate.First,
            WithEmbedding = ((LowestResolutionFeatures)policy.Features).HasEmbedding,
            Routes = { routes.Select(r => new SavedRoute { Members = { r.Resolutions }, Cost = r.Cost }) },
            InverseTemperatures = { ensemble.InverseTemperatures.ToArray() },
            Pools = { ensemble.Pools.Select(Pool) },
            Predictors = { policy.Predictors.Select(Predictor) },
            Prices = Prices(policy.Calibration),
            HeldOut = { RowSelection.Take<float>(record.HeldOut, routes.Count, rows) },
            Outcomes = outcomes.ToSaved(rows),
            Resolutions = record.Resolutions.ToSaved(rows),
            Labels = { RowSelection.Take(outcomes.Labels, 1, rows) },
        };
        if (policy.FeatureCalibration is { } calibration)
        {
            saved.FeatureCalibration = new SavedFeatureCalibration
            {
                InverseTemperature = calibration.InverseTemperature,
                Pools = { calibration.Pools.Select(Pool) },
            };
        }

        if (record.SamplePrior is { } weights)
        {
            AddNormalised(saved.SamplePrior, RowSelection.Take<double>(weights, 1, rows));
        }

        if (record.Penalty is { } penalty)
        {
            saved.Penalty = new SavedPenalty
            {
                Features = { penalty.Features }, LogLosses = { penalty.LogLosses }, Costs = { penalty.Costs }, Seed = penalty.Seed,
            };
        }

        return saved;
    }

    private static void AddNormalised(RepeatedField<double> target, double[] weights)
    {
        var sum = weights.Sum();
        target.AddRange(weights.Select(w => w / sum));
    }

    private static SavedPool Pool(LogPool pool) => new() { Weights = { pool.Weights }, Bias = { pool.Bias }, Mixing = { pool.Mixing ?? [] } };

    private static SavedPredictor Predictor(LossPredictor predictor)
    {
        var saved = new SavedPredictor { Weights = { predictor.Weights.ToArray() }, Bias = { predictor.Bias.ToArray() } };
        if (predictor.Hidden is { } hidden)
        {
            saved.Hidden = new SavedHidden { Input = { hidden.Input }, Bias = { hidden.Bias }, Output = { hidden.Output } };
        }

        return saved;
    }

    private static SavedPrices Prices(PriceCalibration calibration)
    {
        var saved = new SavedPrices
        {
            Prices = { calibration.Prices },
            Shares = { calibration.Shares },
            Budget = calibration.Budget,
            MeanCost = calibration.MeanCost,
            CostDeviation = calibration.CostDeviation,
            BudgetPrice = calibration.BudgetPrice,
            Rows = calibration.Rows,
        };
        if (calibration.Bounds is { } bounds)
        {
            saved.Bounds = new SavedBounds { Floors = { bounds.Floors }, Ceilings = { bounds.Ceilings } };
        }

        return saved;
    }
}
