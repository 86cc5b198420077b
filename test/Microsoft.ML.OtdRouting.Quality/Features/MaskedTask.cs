using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>A settled task whose policies do not get all features. All else is the task's own, and is computed once for all masks.</summary>
/// <param name="task">The task.</param>
/// <param name="memory">What was computed, by the routes; shared by all masks of the same fitting rows.</param>
/// <param name="mask">Places of the features of a model that are kept from policies.</param>
internal sealed class MaskedTask(BoundTask task, Dictionary<string, KnownAnswers> memory, Func<TaskModel, IReadOnlyList<int>> mask) : BoundTask
{
    public override RoutingTask Task => task.Task;

    public override string QualityName => task.QualityName;

    public override bool HasBoundedQuality => task.HasBoundedQuality;

    public override int? Folds => task.Folds;

    public override string LossName => task.LossName;

    public override bool Searches => task.Searches;

    public override int TargetLength => task.TargetLength;

    public override int AnswerLength => task.AnswerLength;

    public override IReadOnlyList<TaskColumn> Columns => task.Columns;

    public override IReadOnlyList<DataViewSchema.Column> TargetColumns(DataViewSchema schema) => task.TargetColumns(schema);

    public override TargetReader OpenTargets(DataViewRow row) => task.OpenTargets(row);

    public override int KeptLength(int resolution) => task.KeptLength(resolution);

    public override int HeldLength(int resolution) => task.HeldLength(resolution);

    public override void Keep(int resolution, ImageOutput output, Span<float> kept) => task.Keep(resolution, output, kept);

    public override BoundTask Settle(Observations observations, Action<string> warn, CancellationToken cancellationToken) => this;

    public override (TaskModel Model, RouteOutcomes HeldOut) Fit(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var answers = Known($"{firstLook}", routes, () =>
        {
            var (model, heldOut) = task.Fit(observations, firstLook, routes, cancellationToken);
            return new KnownAnswers(model, heldOut);
        });
        return (Of(answers, mask(answers.Model)), answers.HeldOut);
    }

    public override TaskModel AsTheyAre(Observations observations, IReadOnlyList<Route> singles) =>
        Of(Known("as they are", singles, () => new KnownAnswers(task.AsTheyAre(observations, singles), null)), []);

    public override ByteString Save() => throw new NotSupportedException("What is masked is measured, not saved.");

    public override TaskModel Load(ByteString saved, int firstLook, IReadOnlyList<Route> routes) => throw new NotSupportedException("What is masked is measured, not saved.");

    private KnownAnswers Known(string kind, IReadOnlyList<Route> routes, Func<KnownAnswers> compute)
    {
        var key = $"{kind}: {string.Join(' ', routes.Select(r => r.Name))}";
        return memory.TryGetValue(key, out var known) ? known : memory[key] = compute();
    }

    private static MaskedModel Of(KnownAnswers answers, IReadOnlyList<int> masked) => new(answers, Enumerable.Range(0, answers.Model.Routes.Count).ToList(), masked);
}
