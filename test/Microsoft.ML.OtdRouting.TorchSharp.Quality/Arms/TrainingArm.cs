namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>A way of training.</summary>
/// <param name="Name">Name, for files.</param>
/// <param name="Title">Name, for the report.</param>
/// <param name="Change">What it changes in the options.</param>
internal sealed record TrainingArm(string Name, string Title, Action<TrainingOptions, ImageSplit> Change)
{
    /// <summary>Whether sizes are chosen in training by a predictor that learns by the objective of <see cref="ChosenSizesTraining"/>, which no option of the product has.</summary>
    public bool ChoosesSizes { get; init; }

    /// <summary>Whether it is left out where there is little time: it stands between others.</summary>
    public bool IsBetween { get; init; }

    /// <summary>The default: what all others are compared with.</summary>
    public static TrainingArm Shared { get; } = new("shared", "shared convolutions (default)", (_, _) => { });

    public static IReadOnlyList<TrainingArm> All { get; } =
    [
        Shared,
        new("separate", "separate networks", (o, _) => o.SeparateNetworks = true),
        new("distilled", "shared, distillation of weight 1", (o, _) => o.DistillationWeight = 1),
        new("plan-10", "shared, plan of strength 0.1", (o, _) => o.PlanStrength = 0.1) { IsBetween = true },
        new("plan-25", "shared, plan of strength 0.25", (o, _) => o.PlanStrength = 0.25),
        new("skewed-10", "shared, plan of strength 0.1, skewed prior", (o, s) => (o.PlanStrength, o.PlanPrior) = (0.1, RoutingPrior.Explicit(s.SkewedShares))) { IsBetween = true },
        new("skewed-25", "shared, plan of strength 0.25, skewed prior", (o, s) => (o.PlanStrength, o.PlanPrior) = (0.25, RoutingPrior.Explicit(s.SkewedShares))),
        new("chosen", "shared, one size an image, chosen by a predictor (DRNet's objective)", (_, _) => { }) { ChoosesSizes = true },
    ];
}
