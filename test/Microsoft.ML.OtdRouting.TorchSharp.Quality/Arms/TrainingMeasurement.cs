using Microsoft.ML.OtdRouting.Quality;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>Ways of training at several sizes, at equal numbers of images seen: every size alone, all together, and routed.</summary>
internal static class TrainingMeasurement
{
    public static void Run(MeasuringOptions options)
    {
        foreach (var split in new[] { ImageSplit.Fashion(options), ImageSplit.Cifar(options) })
        {
            if (split is null)
            {
                Progress.Write("Skipped.");
                continue;
            }

            var training = new ArmTraining(options, split);
            foreach (var arm in TrainingArm.All)
            {
                training.Train(arm);
            }
        }
    }
}
