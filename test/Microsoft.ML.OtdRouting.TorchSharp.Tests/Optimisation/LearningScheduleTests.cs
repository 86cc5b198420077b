using Microsoft.ML.OtdRouting.Training.Optimisation;

namespace Microsoft.ML.OtdRouting.Training.Tests.Optimisation;

public class LearningScheduleTests
{
    [Theory]
    [InlineData(1, 20)]
    [InlineData(2, 20)]
    [InlineData(30, 20)]
    [InlineData(276, 20)]
    [InlineData(10, 0)]
    public void The_rate_rises_to_its_full_height_and_falls_in_a_straight_line(int steps, int warmUp)
    {
        var schedule = new LearningSchedule(steps, warmUp);
        var rates = Enumerable.Range(0, steps).Select(schedule.At).ToList();
        var top = rates.IndexOf(1.0);
        Assert.Equal(Math.Min(warmUp, steps / 2), top);
        Assert.All(rates, rate => Assert.InRange(rate, double.Epsilon, 1));
        var rise = rates.Take(top + 1).ToList();
        Assert.All(rise.Zip(rise.Skip(1)), pair => Assert.Equal(1.0 / (top + 1), pair.Second - pair.First, 1e-12));
        var fall = rates.Skip(top).Append(0).ToList();
        Assert.All(fall.Zip(fall.Skip(1)), pair => Assert.Equal(1.0 / (steps - top), pair.First - pair.Second, 1e-12));
    }

    [Fact]
    public void A_cosine_falls_slowly_at_first_and_at_the_end()
    {
        var (cosine, line) = (new LearningSchedule(100, 20, LearningRateDecay.Cosine), new LearningSchedule(100, 20));
        for (var step = 0; step < 100; step++)
        {
            Assert.Equal(step < 20 ? line.At(step) : 0.5 * (1 + Math.Cos(Math.PI * (step - 20) / 80)), cosine.At(step), 1e-12);
        }

        Assert.True(cosine.At(30) > line.At(30) && cosine.At(90) < line.At(90) && cosine.At(99) > 0);
    }
}
