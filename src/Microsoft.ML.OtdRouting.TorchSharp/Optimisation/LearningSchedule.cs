namespace Microsoft.ML.OtdRouting.Training.Optimisation;

/// <summary>Part of the full learning rate that a step has: a rise in a straight line, then a fall to nothing.</summary>
/// <param name="steps">All steps.</param>
/// <param name="warmUp">Steps of the rise, of which at most half of all are taken.</param>
/// <param name="decay">The way of the fall.</param>
internal sealed class LearningSchedule(int steps, int warmUp, LearningRateDecay decay = LearningRateDecay.Linear)
{
    private readonly int _warmUp = Math.Min(warmUp, steps / 2);

    /// <summary>The part of a step, counted from 0; above 0, at most 1.</summary>
    public double At(int step)
    {
        if (step < _warmUp)
        {
            return (step + 1.0) / (_warmUp + 1);
        }

        var left = (double)(steps - step) / (steps - _warmUp);
        return decay == LearningRateDecay.Linear ? left : (1 - Math.Cos(Math.PI * left)) / 2;
    }
}
