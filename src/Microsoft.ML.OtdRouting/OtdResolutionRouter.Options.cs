using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting;

public sealed partial class OtdResolutionRouter
{
    /// <summary>Options of an <see cref="OtdResolutionRouter"/>. They are checked once, when the estimator is made.</summary>
    public sealed class Options
    {
        /// <summary>All sets of this many can be looked through; more resolutions of one model would hardly differ.</summary>
        private const int MaxResolutions = 12;

        /// <summary>
        /// Column with the images: an image column of any size, or float vectors with planar RGB (0..255) at the largest resolution.
        /// Default <c>Image</c>.
        /// </summary>
        public string ImageColumnName { get; set; } = "Image";

        /// <summary>Column with the labels, of key type. Needed for fitting alone. Default <c>Label</c>.</summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>Float column with the weight of each fitting row; null (the default) weighs all rows the same.</summary>
        public string? ExampleWeightColumnName { get; set; }

        /// <summary>Column for the class probabilities, in the order of the label's keys. Default <c>Score</c>.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>Column for the most probable class, of the label's key type. Default <c>PredictedLabel</c>.</summary>
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>Column for the chosen route, a key whose values are the names of the routes. Default <c>Route</c>.</summary>
        public string RouteColumnName { get; set; } = "Route";

        /// <summary>Column for what each route is worth to the image: its price minus its predicted loss. Default <c>RouteScores</c>.</summary>
        public string RouteScoresColumnName { get; set; } = "RouteScores";

        /// <summary>Column for the cost of the image, in the unit of the budget: FLOPs (2 per multiply-add) or milliseconds. Default <c>Cost</c>.</summary>
        public string CostColumnName { get; set; } = "Cost";

        /// <summary>The resolutions to choose from; two to twelve, with distinct names. Any order.</summary>
        public IList<Resolution> Resolutions { get; } = [];

        /// <summary>Mean cost of an image. Default 50 % of the largest resolution.</summary>
        public ComputeBudget Budget { get; set; } = ComputeBudget.FractionOfLargest(0.5);

        /// <summary>What is prescribed about the shares of the routes. Default <see cref="RoutingPrior.BudgetOnly"/>.</summary>
        public RoutingPrior Prior { get; set; } = RoutingPrior.BudgetOnly();

        /// <summary>How cursors keep to the budget. Default <see cref="BudgetEnforcement.Calibrated"/>.</summary>
        public BudgetEnforcement Enforcement { get; set; }

        /// <summary>What the router minimises. Default <see cref="RoutingLoss.SmoothedError"/>.</summary>
        public RoutingLoss Loss { get; set; } = RoutingLoss.SmoothedError;

        /// <summary>What the predictor is fitted to. Default <see cref="RoutingObjective.Loss"/>.</summary>
        public RoutingObjective Objective { get; set; }

        /// <summary>
        /// What kind of function predicts the losses. Default <see cref="RoutingPredictor.Linear"/>, which needs the fewest images and the least time.
        /// </summary>
        public RoutingPredictor Predictor { get; set; } = RoutingPredictor.Linear;

        /// <summary>
        /// With <see cref="RoutingObjective.Plan"/>: how often the transport is solved again on losses that favour what the predictor expects, and
        /// the predictor fitted again to the new plan; from 0 to 20. Default 0.
        /// </summary>
        public int AlternationRounds { get; set; }

        /// <summary>What the router knows of an image when it chooses a route. Default <see cref="RoutingFeatures.LowestResolution"/>.</summary>
        public RoutingFeatures Features { get; set; } = RoutingFeatures.LowestResolution;

        /// <summary>
        /// Names of the classes in the models' output order, matched with the values of the label's keys. Keys come in order of occurrence
        /// and models do not, so give the names unless the keys were made in the models' order. Default null: class i is key i + 1.
        /// </summary>
        public IReadOnlyList<string>? ClassNames { get; set; }

        /// <summary>
        /// Without <see cref="ClassNames"/>: whether classes and keys that are in different orders are matched by what the most expensive resolution
        /// says about the fitting images; the matching is logged as a warning. Default false: different orders are an error where they are found.
        /// </summary>
        public bool MatchClasses { get; set; }

        /// <summary>Most resolutions that are ensembled for one image; at least 1. Default: no limit but that of 32 routes in all.</summary>
        public int? MaxRouteSize { get; set; }

        /// <summary>
        /// Which sets of resolutions become routes. Default <see cref="RouteChoice.All"/>. <see cref="RouteChoice.Sparse"/> needs a
        /// <see cref="Prior"/> without a number for every route, since the routes are not known ahead.
        /// </summary>
        public RouteChoice RouteChoice { get; set; }

        /// <summary>
        /// Whether routes are left out that no image needs at any price of cost, judged on held-out rows; the reasons are logged. With labels and
        /// <see cref="RoutingFeatures.LowestResolution"/>, also whether the cheapest resolutions are left out altogether where the budget is better
        /// spent on dearer ones: then the cheapest that is left looks at every image. Only with
        /// <see cref="RoutingPrior.BudgetOnly"/> without ceilings, since other priors speak of all routes, and with
        /// <see cref="RoutingObjective.Loss"/>, since a plan is one of a single price. Default true.
        /// </summary>
        public bool PruneRoutes { get; set; } = true;

        /// <summary>
        /// With <see cref="RoutingObjective.Plan"/>: the regularisation ε of the plan, as a part of the distance between the least and the greatest
        /// loss; above 0, at most 10. Default 0.05.
        /// </summary>
        public double PlanEpsilon { get; set; } = 0.05;

        /// <summary>Folds of cross-fitting, from 2 to 20. Default 5.</summary>
        public int FoldCount { get; set; } = 5;

        /// <summary>
        /// Seed of what is random: the training of a baseline that routers are compared with. The router itself is not random. Default null: a seed
        /// that follows from that of the <see cref="MLContext"/> where the router is made by <c>mlContext.OtdRouting().Route</c>, else 0.
        /// </summary>
        public int? Seed { get; set; }

        /// <summary>How images of another size are brought to the largest resolution. Default <see cref="ImageFit.CenterCrop"/>.</summary>
        public ImageFit ImageFit { get; set; }

        /// <summary>Batches, threads and device of the scorers.</summary>
        public ScoringOptions Scoring { get; set; } = new();

        /// <summary>Stops a fit.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal DataViews.RouterColumnNames ColumnNames => new(
            ImageColumnName,
            LabelColumnName,
            ExampleWeightColumnName,
            ScoreColumnName,
            PredictedLabelColumnName,
            RouteColumnName,
            RouteScoresColumnName,
            CostColumnName,
            Features.ColumnName);

        /// <summary>A copy that later changes of this object do not reach.</summary>
        internal Options Freeze()
        {
            var copy = new Options
            {
                ImageColumnName = ImageColumnName,
                LabelColumnName = LabelColumnName,
                ExampleWeightColumnName = ExampleWeightColumnName,
                ScoreColumnName = ScoreColumnName,
                PredictedLabelColumnName = PredictedLabelColumnName,
                RouteColumnName = RouteColumnName,
                RouteScoresColumnName = RouteScoresColumnName,
                CostColumnName = CostColumnName,
                Budget = Budget,
                Prior = Prior,
                Enforcement = Enforcement,
                Loss = Loss,
                Features = Features,
                ClassNames = ClassNames?.ToArray(),
                MatchClasses = MatchClasses,
                MaxRouteSize = MaxRouteSize,
                RouteChoice = RouteChoice,
                Objective = Objective,
                Predictor = Predictor,
                AlternationRounds = AlternationRounds,
                PlanEpsilon = PlanEpsilon,
                PruneRoutes = PruneRoutes,
                FoldCount = FoldCount,
                Seed = Seed,
                ImageFit = ImageFit,
                Scoring = Scoring.Clone(),
                CancellationToken = CancellationToken,
            };
            foreach (var resolution in Resolutions)
            {
                copy.Resolutions.Add(resolution);
            }

            return copy;
        }

        /// <summary>Throws when an option is missing or out of range; the message names it.</summary>
        internal void Validate()
        {
            foreach (var (name, value) in new[]
            {
                (nameof(ImageColumnName), ImageColumnName), (nameof(LabelColumnName), LabelColumnName), (nameof(ScoreColumnName), ScoreColumnName),
                (nameof(PredictedLabelColumnName), PredictedLabelColumnName), (nameof(RouteColumnName), RouteColumnName),
                (nameof(RouteScoresColumnName), RouteScoresColumnName), (nameof(CostColumnName), CostColumnName),
            })
            {
                if (string.IsNullOrWhiteSpace(value))
                {
                    throw new ArgumentException($"{name} is empty.", name);
                }
            }

            string[] outputs = [ScoreColumnName, PredictedLabelColumnName, RouteColumnName, RouteScoresColumnName, CostColumnName];
            if (outputs.Distinct().Count() < outputs.Length)
            {
                throw new ArgumentException($"The output columns need distinct names, found {string.Join(", ", outputs)}.");
            }

            if (Resolutions.Count is < 2 or > MaxResolutions)
            {
                throw new ArgumentException(
                    $"{nameof(Resolutions)} has {Resolutions.Count}; routing needs at least two resolutions to choose from, and takes at most {MaxResolutions}.",
                    nameof(Resolutions));
            }

            if (Resolutions.Contains(null!))
            {
                throw new ArgumentException($"{nameof(Resolutions)} holds null.", nameof(Resolutions));
            }

            var twice = Resolutions.GroupBy(r => r.Name).FirstOrDefault(g => g.Count() > 1);
            if (twice is not null)
            {
                throw new ArgumentException(
                    $"{nameof(Resolutions)} has {twice.Count()} resolutions named '{twice.Key}' ({string.Join(", ", twice.Select(r => r.ModelFile))}); " +
                    $"set {nameof(Resolution)}.{nameof(Resolution.Name)}.", nameof(Resolutions));
            }

            ArgumentNullException.ThrowIfNull(Budget);
            ArgumentNullException.ThrowIfNull(Prior);
            ArgumentNullException.ThrowIfNull(Loss);
            ArgumentNullException.ThrowIfNull(Features);
            ArgumentNullException.ThrowIfNull(Predictor);
            ArgumentNullException.ThrowIfNull(Scoring);
            if (!Enum.IsDefined(Enforcement))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(Enforcement), Enforcement, $"{nameof(Enforcement)} is {Enforcement}; it must be {string.Join(" or ", Enum.GetNames<BudgetEnforcement>())}.");
            }

            if (!Enum.IsDefined(Objective))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(Objective), Objective, $"{nameof(Objective)} is {Objective}; it must be {string.Join(" or ", Enum.GetNames<RoutingObjective>())}.");
            }

            if (!Enum.IsDefined(RouteChoice))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(RouteChoice), RouteChoice, $"{nameof(RouteChoice)} is {RouteChoice}; it must be {string.Join(" or ", Enum.GetNames<RouteChoice>())}.");
            }

            if (RouteChoice == RouteChoice.Sparse && Prior.RouteCount is { } count)
            {
                throw new ArgumentException(
                    $"{nameof(Prior)} has {count} numbers, one a route, but with {nameof(RouteChoice)}.{nameof(RouteChoice.Sparse)} the routes are not known ahead.",
                    nameof(Prior));
            }

            RequireRange(AlternationRounds, 0, 20, nameof(AlternationRounds));
            if (AlternationRounds > 0 && Objective != RoutingObjective.Plan)
            {
                throw new ArgumentException(
                    $"{nameof(AlternationRounds)} is {AlternationRounds}, but {nameof(Objective)} is {Objective}: only {nameof(RoutingObjective.Plan)} alternates.",
                    nameof(AlternationRounds));
            }

            if (!(PlanEpsilon > 0 && PlanEpsilon <= 10))
            {
                throw new ArgumentOutOfRangeException(nameof(PlanEpsilon), PlanEpsilon, $"{nameof(PlanEpsilon)} is {PlanEpsilon}; it must be above 0 and at most 10.");
            }

            RequireRange(FoldCount, 2, 20, nameof(FoldCount));
            RequireRange(MaxRouteSize ?? 1, 1, int.MaxValue, nameof(MaxRouteSize));
            Scoring.Validate();
        }

        private static void RequireRange(int value, int least, int most, string name)
        {
            if (value < least || value > most)
            {
                throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must be from {least} to {most}.");
            }
        }
    }
}
