using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Boxes of objects. The router adds <c>PredictedBoundingBoxes</c> (x0, y0, x1, y1 of each box, in pixels of the upright source image), <c>PredictedLabel</c> and
/// <c>Score</c>, by falling score. What a route loses on an image is said by <see cref="Loss"/>. Use it with
/// <see cref="ImageFit.Letterbox"/>, which shows the models the whole image.
/// </summary>
/// <remarks>
/// The primary measure is the mean over the images of each one's average precision. Scored data are also measured by the protocol of COCO, over all images at once.
/// </remarks>
public sealed class DetectionTask : RoutingTask
{
    /// <summary>What the task is called in saved routers.</summary>
    internal const string KindName = "detection";

    /// <summary>Of more detections or objects, rows would take memory without end.</summary>
    internal const int MostOfAll = 1000;

    /// <summary>Makes the task of what was saved.</summary>
    internal static TaskKind Kind { get; } = new(KindName, SavedDetectionTask.Load);

    /// <inheritdoc/>
    public override string Name => KindName;

    /// <summary>
    /// Column with the classes of the objects, a vector of keys of variable or known size. Needed for fitting and comparing alone, and not even there with
    /// <see cref="LabelFree"/>. Default <c>Label</c>.
    /// </summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Column with the boxes of the objects: x0, y0, x1, y1 of each, in pixels of the upright source image. Default <c>BoundingBoxes</c>.</summary>
    public string BoundingBoxColumnName { get; set; } = "BoundingBoxes";

    /// <summary>
    /// Column that says how each object counts: 0 fully, 1 not (<c>difficult</c> of Pascal VOC), 2 not, and it is many in one box (<c>iscrowd</c> of COCO). Default
    /// null: all objects count.
    /// </summary>
    public string? IgnoredColumnName { get; set; }

    /// <summary>Column for the classes of the detections, a vector of keys. Default <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>Column for the boxes of the detections. Default <c>PredictedBoundingBoxes</c>.</summary>
    public string PredictedBoundingBoxColumnName { get; set; } = "PredictedBoundingBoxes";

    /// <summary>Column for the scores of the detections, 0 to 1. Default <c>Score</c>.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// Names of all classes in the models' order, matched with the values of the label's keys, which may lack some of them. Keys come in order of occurrence and
    /// models do not, so give the names unless the keys were made in the models' order. Default null: class i is key i + 1, and the label has all classes.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; set; }

    /// <summary>What the models' output holds. Default <see cref="DetectionOutput.ClassScores"/>.</summary>
    public DetectionOutput Output { get; set; } = DetectionOutput.ClassScores;

    /// <summary>What the numbers of a box are. Default <see cref="DetectionBoxFormat.CentreSize"/>.</summary>
    public DetectionBoxFormat BoxFormat { get; set; } = DetectionBoxFormat.CentreSize;

    /// <summary>Whether scores are logits, which the logistic function makes scores of. Default false.</summary>
    public bool ScoresAreLogits { get; set; }

    /// <summary>Pixels from cell to cell of each grid, in the order of the output; only for boxes of grids. Default 8, 16, 32.</summary>
    public IReadOnlyList<int> Strides { get; set; } = [8, 16, 32];

    /// <summary>Predictions with a lower score are no detections; from 0 to below 1. Default 0.05.</summary>
    public float LeastScore { get; set; } = 0.05f;

    /// <summary>IoU above which the lower one of two detections of a class goes; above 0, at most 1. Not used for <see cref="DetectionOutput.Detections"/>. Default 0.65.</summary>
    public float SuppressionOverlap { get; set; } = 0.65f;

    /// <summary>IoU above which boxes of several resolutions are of one object; above 0, at most 1. Default 0.55.</summary>
    public float FusionOverlap { get; set; } = 0.55f;

    /// <summary>Detections of an image, at most; 1 to 1000. Default 100.</summary>
    public int MaxDetections { get; set; } = 100;

    /// <summary>Objects of an image, at most; 1 to 1000. Default 300.</summary>
    public int MaxObjects { get; set; } = 300;

    /// <summary>
    /// Whether the fit takes for true what the most expensive resolution finds with a score of at least one half, in place of labels, which are used for nothing but
    /// measures then. Default false.
    /// </summary>
    public bool LabelFree { get; set; }

    /// <summary>What the router minimises. Default <see cref="DetectionLoss.AveragePrecision"/>, by which routers were better wherever both were measured.</summary>
    public DetectionLoss Loss { get; set; } = DetectionLoss.AveragePrecision;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> OutputColumnNames => [PredictedBoundingBoxColumnName, PredictedLabelColumnName, ScoreColumnName];

    /// <inheritdoc/>
    internal override RoutingTask Freeze()
    {
        var copy = (DetectionTask)MemberwiseClone();
        copy.ClassNames = ClassNames?.ToArray();
        copy.Strides = Strides.ToArray();
        return copy;
    }

    /// <inheritdoc/>
    internal override void Validate()
    {
        RequireColumnName(LabelColumnName, nameof(LabelColumnName));
        RequireColumnName(BoundingBoxColumnName, nameof(BoundingBoxColumnName));
        RequireColumnName(IgnoredColumnName ?? "none", nameof(IgnoredColumnName));
        RequireColumnName(PredictedLabelColumnName, nameof(PredictedLabelColumnName));
        RequireColumnName(PredictedBoundingBoxColumnName, nameof(PredictedBoundingBoxColumnName));
        RequireColumnName(ScoreColumnName, nameof(ScoreColumnName));
        NamedValue.Require(Output, nameof(Output));
        NamedValue.Require(BoxFormat, nameof(BoxFormat));
        NamedValue.Require(Loss, nameof(Loss));
        if (ClassNames?.Contains(null!) == true)
        {
            throw new ArgumentException($"{nameof(ClassNames)} holds null.", nameof(ClassNames));
        }

        if (Strides is not { Count: >= 1 and <= 16 } || Strides.Any(s => s is < 1 or > 4096))
        {
            throw new ArgumentException($"{nameof(Strides)} are [{string.Join(", ", Strides ?? [])}]; expected 1 to 16 numbers of pixels from 1 to 4096.", nameof(Strides));
        }

        RequireRange(LeastScore is >= 0 and < 1, LeastScore, nameof(LeastScore), "at least 0 and below 1");
        RequireRange(SuppressionOverlap is > 0 and <= 1, SuppressionOverlap, nameof(SuppressionOverlap), "above 0 and at most 1");
        RequireRange(FusionOverlap is > 0 and <= 1, FusionOverlap, nameof(FusionOverlap), "above 0 and at most 1");
        RequireRange(MaxDetections is >= 1 and <= MostOfAll, MaxDetections, nameof(MaxDetections), $"from 1 to {MostOfAll}");
        RequireRange(MaxObjects is >= 1 and <= MostOfAll, MaxObjects, nameof(MaxObjects), $"from 1 to {MostOfAll}");
    }

    /// <inheritdoc/>
    internal override IEnumerable<SchemaShape.Column> OutputShape(SchemaShape input)
    {
        foreach (var name in LabelFree ? [] : new[] { LabelColumnName, BoundingBoxColumnName })
        {
            if (!input.Any(c => c.Name == name))
            {
                throw new ArgumentException($"There is no column '{name}'; the columns are {string.Join(", ", input.Select(c => c.Name))}.");
            }
        }

        return [ShapeColumns.VaryingVector(PredictedBoundingBoxColumnName), ShapeColumns.VaryingKeys(PredictedLabelColumnName), ShapeColumns.VaryingVector(ScoreColumnName)];
    }

    /// <inheritdoc/>
    internal override BoundTask Bind(DataViewSchema input, ScorerSet scorers)
    {
        var forms = Forms(scorers);
        var label = input.GetColumnOrNull(LabelColumnName);
        if (label is null && !LabelFree)
        {
            throw new ArgumentException($"There is no label column '{LabelColumnName}'; the columns are {string.Join(", ", input.Select(c => c.Name))}.");
        }

        var bound = new BoundDetection(this, ClassKeys.Of(label, forms[0].ClassCount, ClassNames), forms, scorers);
        bound.TargetColumns(input);
        return bound;
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<TaskMeasure> Evaluate(IDataView scored) => ScoredDetections.Measure(scored, this);

    /// <summary>The forms of the models' outputs, which have the same classes.</summary>
    /// <exception cref="InvalidDataException">An output has another form, or the models disagree.</exception>
    internal IReadOnlyList<OutputForm> Forms(ScorerSet scorers)
    {
        var forms = scorers.Scorers.Select(scorer =>
        {
            try
            {
                return ScoresAreLogits && scorer.Resolution.Joined is not null
                    ? throw new InvalidDataException($"an empty row of joined outputs has the logit 0, which {nameof(ScoresAreLogits)} makes a score of one half; give the model's scores")
                    : new OutputForm(Output, BoxFormat, ScoresAreLogits, scorer.Outputs[0].Tail, Strides, scorer.Resolution.Height, scorer.Resolution.Width);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException(
                    $"Output '{scorer.OutputName}' of '{scorer.Resolution.ModelFile}' (resolution {scorer.Resolution.Name}) is no {Output}: {e.Message}.", e);
            }
        }).ToList();
        return forms.Select(f => f.ClassCount).Distinct().Count() == 1
            ? forms
            : throw new InvalidDataException(
                $"The models disagree on the number of classes: {string.Join(", ", scorers.Scorers.Zip(forms, (s, f) => $"'{s.Resolution.ModelFile}' has {f.ClassCount}"))}.");
    }

    private static void RequireRange<T>(bool holds, T value, string option, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(option, value, $"{option} is {value}; it must be {allowed}.");
        }
    }
}
