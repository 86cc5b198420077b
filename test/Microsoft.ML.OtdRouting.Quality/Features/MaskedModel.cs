using Google.Protobuf;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>A model whose policy does not get all features: zeros stand in the place of the others, which say nothing.</summary>
/// <param name="answers">The answers, which stay as they are.</param>
/// <param name="left">Those of their routes that are left.</param>
/// <param name="masked">Places of the features that are kept from the policy.</param>
internal sealed class MaskedModel(KnownAnswers answers, IReadOnlyList<int> left, IReadOnlyList<int> masked)
    : TaskModel(answers.Model.FirstLook, left.Select(k => answers.Model.Routes[k]).ToList())
{
    public override int FeatureCount => answers.Model.FeatureCount;

    public override int? FoldCount => answers.Model.FoldCount;

    public override int ScratchLength => answers.Model.ScratchLength;

    public override void Describe(ReadOnlySpan<float> kept, int fold, Span<float> features)
    {
        answers.Model.Describe(kept, fold, features);
        foreach (var place in masked)
        {
            features[place] = 0;
        }
    }

    public override void Combine(ObservationWindow window, int slot, int route, Span<float> scratch, Span<float> answer) =>
        answers.Model.Combine(window, slot, left[route], scratch, answer);

    public override RouteOutcomes Outcomes(Observations observations) => answers.Outcomes(observations).Select(left);

    public override TaskModel Select(IReadOnlyList<int> routes) => new MaskedModel(answers, routes.Select(k => left[k]).ToList(), masked);

    public override ByteString Save() => throw new NotSupportedException("What is masked is measured, not saved.");

    public override TaskGraph CreateGraph() => throw new NotSupportedException("What is masked is measured, not exported.");
}
