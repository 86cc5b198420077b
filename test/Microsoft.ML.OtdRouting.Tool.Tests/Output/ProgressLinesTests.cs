using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Output;

public sealed class ProgressLinesTests
{
    [Fact]
    public void Work_that_follows_has_a_line_of_its_own()
    {
        Assert.Matches(@"^Scoring: 3 images in \d+\.\d s\nFitting: \d+\.\d s\n$", Lines("Fitting", 3));
        Assert.Matches(@"^Scoring: 3 images in \d+\.\d s\n$", Lines(null, 3));
        Assert.Matches(@"^Scoring: 3 images in \d+\.\d s\n$", Lines("Fitting", 0));
    }

    private static string Lines(string? after, int reported)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        using (ProgressLines lines = new(writer, "Scoring", 3, "images", after))
        {
            for (int i = 1; i <= reported; i++)
            {
                lines.Report(i);
            }

            lines.Finish();
        }

        return writer.ToString();
    }
}
