using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Detection with the classes of a label column and the outputs of models.</summary>
/// <remarks>
/// What is kept of an output are the detections after suppression, in pixels of the source image (<see cref="DetectionRow"/>), the
/// <see cref="SceneFeatures"/>, and of the cheapest resolution the embedding, if it has one.
/// </remarks>
internal sealed class BoundDetection : BoundTask
{
    public const string ImageAP = "image AP";

    /// <summary>Of what lies where an object is, less than this part by its class is hardly a model's own doing.</summary>
    private const double RightClasses = 0.25;

    private readonly DetectionTask _task;
    private readonly IReadOnlyList<OutputForm> _forms;
    private readonly ScorerSet _scorers;

    /// <param name="task">The task.</param>
    /// <param name="keys">Labels and classes, matched.</param>
    /// <param name="forms">Forms of the models' outputs.</param>
    /// <param name="scorers">The resolutions, in ascending order of cost.</param>
    public BoundDetection(DetectionTask task, ClassKeys keys, IReadOnlyList<OutputForm> forms, ScorerSet scorers)
    {
        (_task, Keys, _forms, _scorers) = (task, keys, forms, scorers);
        Columns = DetectionColumns.Of(task, keys);
    }

    /// <inheritdoc/>
    public override DetectionTask Task => _task;

    /// <summary>Labels and classes, matched.</summary>
    public ClassKeys Keys { get; }

    public override string QualityName => ImageAP;

    public override bool HasBoundedQuality => true;

    public override string LossName => $"{_task.Loss}";

    public override IReadOnlyList<BoundTask> OtherLosses => Enum.GetValues<DetectionLoss>().Where(l => l != _task.Loss).Select(With).ToList();

    public override int TargetLength => 1 + (_task.MaxObjects * ObjectReader.ObjectLength);

    public override int AnswerLength => DetectionRow.Length(_task.MaxDetections);

    public override IReadOnlyList<TaskColumn> Columns { get; }

    /// <summary>Number of resolutions.</summary>
    public int ResolutionCount => _forms.Count;

    /// <summary>Numbers that describe an image to a policy that looks at a resolution first.</summary>
    public int FeatureCount(int resolution) => SceneFeatures.Count + EmbeddingLength(resolution);

    /// <summary>Length of the embedding that is kept of a resolution: of the cheapest one alone.</summary>
    public int EmbeddingLength(int resolution) => resolution == 0 ? _scorers.Scorers[0].EmbeddingLength : 0;

    public OutputForm Form(int resolution) => _forms[resolution];

    /// <summary>The model of a resolution.</summary>
    public ResolutionScorer Scorer(int resolution) => _scorers.Scorers[resolution];

    /// <summary>Pixels of the largest resolution for one of a resolution, across and down.</summary>
    public (float X, float Y) Scale(int resolution)
    {
        var own = _scorers.Scorers[resolution].Resolution;
        return ((float)_scorers.ImageWidth / own.Width, (float)_scorers.ImageHeight / own.Height);
    }

    public override string Tell(ReadOnlySpan<float> answer)
    {
        var found = DetectionRow.Read(answer);
        return found.Count == 0
            ? "nothing"
            : string.Join(", ", found.GroupBy(d => d.Class).OrderBy(g => g.Key).Select(g => $"{Keys.Names[g.Key]} × {g.Count()}"));
    }

    public override IReadOnlyList<DataViewSchema.Column> TargetColumns(DataViewSchema schema)
    {
        var columns = ObjectReader.Columns(_task, schema);
        return columns.Count > 0 || _task.LabelFree
            ? columns
            : throw new ArgumentException($"There is no label column '{_task.LabelColumnName}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
    }

    public override TargetReader OpenTargets(DataViewRow row)
    {
        if (row.Schema.GetColumnOrNull(_task.LabelColumnName) is not { } label)
        {
            return new ObjectReader(_task, _ => -1, row);
        }

        var match = ClassKeys.Match(Keys.Names, label);
        return new ObjectReader(_task, key => key < match.Length && match[key] >= 0 ? Keys.ClassOf(match[key]) : -1, row);
    }

    public override int KeptLength(int resolution) => AnswerLength + FeatureCount(resolution);

    public override void Keep(int resolution, ImageOutput output, Span<float> kept)
    {
        var (form, own) = (_forms[resolution], _scorers.Scorers[resolution].Resolution);
        var found = new List<DetectedObject>();
        form.Read(output[0], _task.LeastScore, found);
        Suppression.Apply(found, form.Output == DetectionOutput.Detections ? 1 : _task.SuppressionOverlap, _task.MaxDetections);
        var (frame, (scaleX, scaleY)) = (output.Frame, Scale(resolution));
        var inSource = new List<DetectedObject>(found.Count);
        foreach (var (box, score, type) in found)
        {
            var (x0, y0) = frame.ToSource(box.X0 * scaleX, box.Y0 * scaleY);
            var (x1, y1) = frame.ToSource(box.X1 * scaleX, box.Y1 * scaleY);
            var within = new Box(x0, y0, x1, y1).Within(frame.SourceWidth, frame.SourceHeight);
            if (within.Area > 0 && type < Keys.Count)
            {
                inSource.Add(new DetectedObject(within, score, type));
            }
        }

        DetectionRow.Write(inSource, kept[..AnswerLength]);
        var features = kept[AnswerLength..];
        SceneFeatures.Describe(form, output[0], (float)own.Height * own.Width, features[..SceneFeatures.Count]);
        if (EmbeddingLength(resolution) > 0)
        {
            output[1].CopyTo(features[SceneFeatures.Count..]);
        }
    }

    /// <summary>What a resolution has found in a row, by falling score.</summary>
    public List<DetectedObject> Found(ReadOnlySpan<float> kept) => DetectionRow.Read(kept[..AnswerLength]);

    public override BoundTask Settle(Observations observations, Action<string> warn, CancellationToken cancellationToken)
    {
        for (var resolution = 0; resolution < ResolutionCount; resolution++)
        {
            var most = Enumerable.Range(0, observations.Rows).Max(row => Found(observations.Kept(resolution, row)).Select(d => d.Score).DefaultIfEmpty(0).First());
            if (most > 1.001f)
            {
                var scorer = Scorer(resolution);
                throw new ArgumentException(
                    $"'{scorer.Resolution.ModelFile}' gives a score of {most:G4} in its output '{scorer.OutputName}'; scores are from 0 to 1. Set " +
                    $"{nameof(DetectionTask.ScoresAreLogits)} where they are logits, or another {nameof(DetectionTask.Output)}.");
            }
        }

        var largest = ResolutionCount - 1;
        var known = Enumerable.Range(0, observations.Rows).Where(row => ObjectReader.Objects(observations.Target(row)) is { Count: > 0 }).ToArray();
        if (known.Length == 0)
        {
            return this;
        }

        var right = known.Sum(row => RightOf(Found(observations.Kept(largest, row)), ObjectReader.Objects(observations.Target(row))!));
        var places = known.Sum(row => RightOf(
            Found(observations.Kept(largest, row)).ConvertAll(d => d with { Class = 0 }), ObjectReader.Objects(observations.Target(row))!.ConvertAll(o => o with { Class = 0 })));
        if (places == 0)
        {
            warn($"'{Scorer(largest).Resolution.ModelFile}' finds none of the objects of {known.Length} images. Do {nameof(DetectionTask.Output)} ({_task.Output}) and " +
                $"{nameof(DetectionTask.BoxFormat)} ({_task.BoxFormat}) fit the model?");
        }
        else if (right < RightClasses * places)
        {
            warn($"'{Scorer(largest).Resolution.ModelFile}' finds {places} objects of {known.Length} images, but only {right} of them by their classes. " +
                $"Is the order of the classes ({string.Join(", ", Enumerable.Range(0, Math.Min(10, Keys.Count)).Select(type => Keys.Names[Keys.KeyOf(type)]))}) the model's? {nameof(DetectionTask.ClassNames)} sets it.");
        }

        return this;
    }

    public override (TaskModel Model, RouteOutcomes HeldOut) Fit(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var (deployed, byFold) = DetectionFit.Fit(observations, this, routes, cancellationToken);
        var heldOut = DetectionOutcomes.Of(observations, this, routes, row => byFold[observations.Fold(row)], withJoint: false, cancellationToken);
        return (new DetectionModel(this, firstLook, routes, deployed), heldOut);
    }

    public override TaskModel AsTheyAre(Observations observations, IReadOnlyList<Route> singles) => new DetectionModel(this, 0, singles, DetectionScale.None(ResolutionCount));

    private static int RightOf(List<DetectedObject> found, List<TrueObject> objects) =>
        ImagePrecision.Match(found, ImagePrecision.ByClass(objects), 0.5).Count(m => m.IsRight);

    private BoundDetection With(DetectionLoss loss)
    {
        var task = (DetectionTask)_task.Freeze();
        task.Loss = loss;
        return new BoundDetection(task, Keys, _forms, _scorers);
    }

    public override ByteString Save() => SavedDetectionTask.Of(this).ToByteString();

    public override TaskModel Load(ByteString saved, int firstLook, IReadOnlyList<Route> routes) =>
        SavedDetectionModel.Parser.ParseFrom(saved).ToModel(this, firstLook, routes);
}
