using System.Text.Json;
using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>Trains the arms of a set, every one on the same images, as often, from the same seed. What was made stays on the disk.</summary>
/// <param name="options">Where to.</param>
/// <param name="split">The images.</param>
internal sealed class ArmTraining(MeasuringOptions options, ImageSplit split)
{
    /// <summary>Trains an arm, or takes it from an earlier run.</summary>
    public TrainedArm Train(TrainingArm arm)
    {
        var folder = Path.Combine(options.Cache, $"{split.Name}-{arm.Name}");
        var summary = Path.Combine(folder, "summary.json");
        if (!File.Exists(summary))
        {
            Progress.Write($"{split.Title}: training {arm.Title}.");
            var training = Options(arm, folder);
            var made = arm.ChoosesSizes ? new ChosenSizesTraining(training, split).Run() : Run(training);
            File.WriteAllText(summary, JsonSerializer.Serialize(made));
            Progress.Write($"{split.Title}: trained {arm.Title} in {made.BusySeconds:0} s of all processors.");
        }

        return JsonSerializer.Deserialize<TrainedArm>(File.ReadAllText(summary))!;
    }

    /// <summary>The shares that a plan is held to; empty where there is no plan.</summary>
    private static double[] Prior(TrainingOptions training)
    {
        if (training.PlanStrength == 0)
        {
            return [];
        }

        // Sizes cost as many units as they have pixels, as the trainer has it; without a budget, their mean cost is the budget.
        var largest = (double)training.Largest.Height * training.Largest.Width;
        var costs = training.Sizes.Select(s => s.Height * s.Width / largest).ToArray();
        return training.PlanPrior is null
            ? RoutePrior.ForBudget(costs, training.PlanBudget ?? costs.Average())
            : training.PlanPrior.ToForm().Numbers!;
    }

    private TrainedArm Run(TrainingOptions training)
    {
        var context = new MLContext(1);
        var busy = Environment.CpuUsage.TotalTime;
        var result = context.OtdRouting().Train(training, split.View(context));
        return new TrainedArm(
            [.. result.Resolutions.Select(r => r.ModelFile)],
            result.TrainingImages,
            result.Parameters,
            (Environment.CpuUsage.TotalTime - busy).TotalSeconds,
            [.. result.Epochs.Select(e => e.PlanShares).Where(s => s.Count > 0)],
            Prior(training),
            [],
            null);
    }

    private TrainingOptions Options(TrainingArm arm, string folder)
    {
        var training = new TrainingOptions
        {
            OutputFolder = folder,
            Epochs = split.Epochs,
            PadAndCrop = split.PadAndCrop,
            // Routers are fitted on images of their own, so nothing is kept back of these.
            HeldBackFraction = 0,
            Threads = options.Threads,
        };
        foreach (var size in split.Sizes)
        {
            training.Sizes.Add(size);
        }

        arm.Change(training, split);
        return training;
    }
}
