using Microsoft.ML.OtdRouting.Tool.Report;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Tasks;

public sealed class MapExamplesTests
{
    [Fact]
    public void Errors_are_parts_of_the_true_value_or_plain_and_only_where_there_is_one()
    {
        Assert.Equal([0.5f, 0.25f, float.NaN, float.NaN], MapExamples.Errors([3, 3, 3, 3], [2, 4, 0, float.NaN], 0, isOfRatios: true));
        Assert.Equal([1, 3, 5, float.NaN], MapExamples.Errors([3, 3, 3, 3], [2, 0, -2, float.NaN], -1, isOfRatios: false));
    }

    [Fact]
    public void The_mean_error_is_of_the_pixels_with_a_value()
    {
        Assert.Equal("error 0.375", MapExamples.MeanError([0.5f, 0.25f, float.NaN], MapPicture.Plain));
        Assert.Equal("no true value", MapExamples.MeanError([float.NaN, float.NaN], MapPicture.Plain));
    }
}
