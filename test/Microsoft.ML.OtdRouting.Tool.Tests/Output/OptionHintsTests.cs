using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Output;

public sealed class OptionHintsTests
{
    [Fact]
    public void Options_of_the_library_are_named_as_on_the_command_line() => Assert.Equal(
        "Set ClassNames, or another Preprocessing; ClassNames is best. (In otd, ClassNames is --classes; Preprocessing is --preprocessing.)",
        OptionHints.AddTo("Set ClassNames, or another Preprocessing; ClassNames is best."));

    [Fact]
    public void Other_messages_stay_as_they_are() => Assert.Equal("The FLOPs of node 'MyClassNames' are 3.", OptionHints.AddTo("The FLOPs of node 'MyClassNames' are 3."));
}
