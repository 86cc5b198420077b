using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting;

public sealed partial class OtdResolutionRouter
{
    /// <summary>Options of an <see cref="OtdResolutionRouter"/>. They are checked once, when the estimator is made.</summary>
    public sealed class Options
    {
        /// <summary>All sets of this many can be looked through; more resolutions of one model would hardly differ.</summary>
        private const int MaxResolutions = 12;

        /// <summary>
        /// Column with the images: images of any size, texts that are paths of image files, vectors of the bytes of such files, or float vectors with planar
        /// RGB (0..255) at the largest resolution. Default <c>Image</c>.
        /// </summary>
        public string ImageColumnName { get; set; } = "Image";

        /// <summary>Column for the chosen route, a key whose values are the names of the routes. Default <c>Route</c>.</summary>
        public string RouteColumnName { get; set; } = "Route";

        /// <summary>Column for what each route is worth to the image: its price minus its predicted loss. Default <c>RouteScores</c>.</summary>
        public string RouteScoresColumnName { get; set; } = "RouteScores";

        /// <summary>Column for the cost of the image, in the unit of the budget: FLOPs (2 per multiply-add) or milliseconds. Default <c>Cost</c>.</summary>
        public string CostColumnName { get; set; } = "Cost";

        /// <summary>What the models' outputs mean, with the columns and losses of that. Default a <see cref="ClassificationTask"/>.</summary>
        public RoutingTask Task { get; set; } = new ClassificationTask();

        /// <summary>The resolutions to choose from; two to twelve, with distinct names. Any order.</summary>
        public IList<Resolution> Resolutions { get; private set; } = [];

        /// <summary>How images of another size are brought to the largest resolution. Default <see cref="ImageFit.CenterCrop"/>.</summary>
        public ImageFit ImageFit { get; set; }

        /// <summary>What image files are accepted, and how they are decoded; only where the image column holds paths or bytes of files.</summary>
        public ImageDecodingOptions Decoding { get; set; } = new();

        /// <summary>Mean cost of an image. Null (the default): 50 % of the largest resolution, or what <see cref="Quality"/> takes.</summary>
        public ComputeBudget? Budget { get; set; }

        /// <summary>
        /// What must not be lost, in place of a budget: the smallest budget is found that keeps this promise, on a part of the fitting images that
        /// nothing is fitted to. Costs are counted in FLOPs. Not together with <see cref="Budget"/>, with weights of rows, with prescribed shares of the routes or with
        /// another <see cref="Enforcement"/> than <see cref="BudgetEnforcement.Calibrated"/>, which is what is tested. Null (the default): no promise.
        /// </summary>
        public QualityTarget? Quality { get; set; }

        /// <summary>What is prescribed about the shares of the routes. Default <see cref="RoutingPrior.BudgetOnly"/>.</summary>
        public RoutingPrior Prior { get; set; } = RoutingPrior.BudgetOnly();

        /// <summary>How cursors keep to the budget. Default <see cref="BudgetEnforcement.Calibrated"/>.</summary>
        public BudgetEnforcement Enforcement { get; set; }

        /// <summary>Whether the budget is promised to windows of rows.</summary>
        internal bool PromisesWindows => Enforcement == BudgetEnforcement.PerWindow;

        /// <summary>
        /// Watches whether the rows that are scored are still like those of the fit, and raises <see cref="OtdRoutingTransformer.DriftDetected"/> and a
        /// warning in the log when they are not: the chance, at most, that this ever happens to a router without reason. From 0 to below 1; 0 (the
        /// default) watches nothing.
        /// </summary>
        public double DriftAlarmRate { get; set; }

        /// <summary>
        /// What becomes of rows whose image cannot be read or on which a model fails, in scoring as in the fit. Default <see cref="RowFailureAction.Fail"/>.
        /// </summary>
        public RowFailureAction OnRowFailure { get; set; }

        /// <summary>Folds, weights, pruning and seed of the fit.</summary>
        public FittingOptions Fitting { get; set; } = new();

        /// <summary>Batches, threads and device of the scorers.</summary>
        public ScoringOptions Scoring { get; set; } = new();

        /// <summary>Stops a fit.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal RouterColumnNames ColumnNames => new(ImageColumnName, RouteColumnName, RouteScoresColumnName, CostColumnName);

        /// <summary>A copy that later changes of this object do not reach.</summary>
        internal Options Freeze()
        {
            var copy = (Options)MemberwiseClone();
            copy.Task = Task.Freeze();
            copy.Resolutions = [.. Resolutions];
            copy.Fitting = Fitting.Clone();
            copy.Scoring = Scoring.Clone();
            copy.Decoding = Decoding.Clone();
            return copy;
        }

        /// <summary>Throws when an option is missing or out of range; the message names it.</summary>
        internal void Validate()
        {
            ValidateBesideTask();
            ArgumentNullException.ThrowIfNull(Task);
            Task.Validate();
            RequireColumnNames();
        }

        /// <summary>As <see cref="Validate"/>, but for the task and the columns, whose names must differ from the task's.</summary>
        internal void ValidateBesideTask()
        {
            ArgumentNullException.ThrowIfNull(Prior);
            ArgumentNullException.ThrowIfNull(Fitting);
            ArgumentNullException.ThrowIfNull(Scoring);
            ArgumentNullException.ThrowIfNull(Decoding);
            NamedValue.Require(Enforcement, nameof(Enforcement));
            NamedValue.Require(ImageFit, nameof(ImageFit));
            NamedValue.Require(OnRowFailure, nameof(OnRowFailure));
            if (DriftAlarmRate is not (>= 0 and < 1))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(DriftAlarmRate), DriftAlarmRate, $"{nameof(DriftAlarmRate)} is {DriftAlarmRate}; it must be at least 0 and below 1.");
            }

            RequireResolutions();
            RequirePromise();
        }

        private void RequirePromise()
        {
            if (Quality is null)
            {
                return;
            }

            var other = Budget is not null ? $"{nameof(Budget)} ({Budget})"
                : Enforcement != BudgetEnforcement.Calibrated ? $"{nameof(Enforcement)} ({Enforcement})"
                : !Prior.HasBudget ? $"{nameof(Prior)} with fixed shares"
                : Fitting.ExampleWeightColumnName is { } weights ? $"{nameof(FittingOptions.ExampleWeightColumnName)} ('{weights}')"
                : null;
            if (other is not null)
            {
                throw new ArgumentException(
                    $"{nameof(Quality)} ({Quality}) and {other} are both set; a promise finds the budget itself, for rows of the same weight that are routed one by one.", nameof(Quality));
            }
        }

        private void RequireColumnNames()
        {
            string[] outputs = [.. Task.OutputColumnNames, RouteColumnName, RouteScoresColumnName, CostColumnName];
            foreach (var (name, value) in new[]
            {
                (nameof(ImageColumnName), ImageColumnName), (nameof(RouteColumnName), RouteColumnName),
                (nameof(RouteScoresColumnName), RouteScoresColumnName), (nameof(CostColumnName), CostColumnName),
            })
            {
                RoutingTask.RequireColumnName(value, name);
            }

            if (outputs.Distinct().Count() < outputs.Length)
            {
                throw new ArgumentException($"The output columns need distinct names, found {string.Join(", ", outputs)}.");
            }
        }

        private void RequireResolutions()
        {
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
        }
    }
}
