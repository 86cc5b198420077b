using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Writes all that makes up a fitted router; <see cref="RouterReader"/> reads it.</summary>
internal static class RouterWriter
{
    /// <summary>Version of the format.</summary>
    public const int Version = 3;

    /// <summary>Writes a router.</summary>
    /// <param name="graph">Its graph: weights in it are not written again.</param>
    /// <param name="options">The options of the fit: <see cref="SavedOptions"/>.</param>
    /// <param name="scorer">The router at work.</param>
    /// <param name="images">What the image column holds.</param>
    /// <param name="fitted">What it can be retargeted to.</param>
    /// <param name="promise">What was promised of it; null for nothing.</param>
    public static SavedRouter Write(
        GraphProto graph, string options, RoutedScorer scorer, ImageForm images, FittedRouter fitted, QualityPromise? promise)
    {
        var constants = ModelSkeleton.ConstantsOf(graph);
        var scorers = scorer.ScorerSet;
        var rows = RowSelection.Of(fitted.Rows);
        var saved = new SavedRouter
        {
            Version = Version,
            Options = options,
            Task = scorer.Task.Task.Name,
            BoundTask = scorer.Task.Save(),
            ImageForm = (int)images,
            CostUnit = (int)scorers.CostUnit,
            Resolutions = { scorers.Scorers.Zip(scorers.Costs, (s, cost) => Resolution(s, cost, constants)) },
            Candidates = { fitted.Candidates.Select(c => Candidate(c, rows)) },
            Alone = Part(fitted.Alone.Model, fitted.Alone.Outcomes, rows),
            Plain = Part(fitted.Plain.Model, fitted.Plain.Outcomes, rows),
            Policies = { fitted.Mix(scorer.Models, scorer.Policy).Candidates.Zip(scorer.Policy.Parts, (candidate, part) => Policy(fitted, candidate, part)) },
            Budget = scorer.Policy.Budget,
            Positions = { rows.Select(r => (uint)fitted.Positions[r]) },
        };
        if (fitted.SamplePrior is { } weights)
        {
            var kept = rows.Select(r => weights[r]).ToArray();
            var sum = kept.Sum();
            saved.SamplePrior.AddRange(kept.Select(w => w / sum));
        }

        if (fitted.Sample is { } sample)
        {
            saved.Sample = new SavedSample { Features = { sample.Features }, Losses = { sample.Losses.Values } };
        }

        if (promise is not null)
        {
            saved.Promise = Promise(promise);
        }

        return saved;
    }

    private static SavedPromise Promise(QualityPromise promise) => new()
    {
        Rows = promise.Rows,
        Tests =
        {
            promise.Tests.Select(t => new SavedPromiseTest
            {
                Budget = t.Budget, Quality = t.Quality, Reference = t.Reference, Gains = t.Gains, Losses = t.Losses, PValue = t.PValue,
            }),
        },
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

    private static SavedCandidate Candidate(RouterCandidate candidate, int[] rows) => new()
    {
        Part = Part(candidate.Model, candidate.Outcomes, rows),
        Predictors = { candidate.Predictors.Select(p => new SavedPredictor { Weights = { p.Weights.ToArray() }, Bias = { p.Bias.ToArray() } }) },
        HeldOut = { candidate.HeldOut.Take(rows).Values },
    };

    private static SavedPart Part(TaskModel model, RouteOutcomes outcomes, int[] rows) => new()
    {
        FirstLook = model.FirstLook,
        Routes = { model.Routes.Select(r => new SavedRoute { Members = { r.Resolutions }, Cost = r.Cost }) },
        Model = model.Save(),
        Outcomes = Outcomes(outcomes.Take(rows)),
    };

    private static SavedOutcomes Outcomes(RouteOutcomes outcomes) => new()
    {
        Losses = { outcomes.Losses.Values },
        Measured = { outcomes.Measured.Values },
        Quality = { outcomes.Quality.Values },
        Confidence = { outcomes.Confidence.Values },
        Others = { outcomes.Others.Select(o => new SavedMeasure { Name = o.Name, Values = { o.Table.Values }, IsSurrogate = o.IsSurrogate }) },
    };

    private static SavedPolicy Policy(FittedRouter fitted, RouterCandidate candidate, PolicyPart part)
    {
        var index = fitted.Candidates.TakeWhile(c => c != candidate && c.Alone != candidate).Count();
        return new SavedPolicy
        {
            Candidate = index,
            Alone = fitted.Candidates[index] != candidate,
            Share = part.Share,
            Prices = Prices(part.Policy.Calibration),
        };
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
