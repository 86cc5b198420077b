namespace Microsoft.ML.OtdRouting.Tool.Tests.Commands;

/// <summary>Help and completion.</summary>
public sealed class ShellTests
{
    public static TheoryData<string> Commands => ["profile", "sweep", "search", "fit", "evaluate", "score", "bench", "export", "doctor", "transport", "completion"];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_of_every_command_shows_an_example_and_the_root_lists_it(string command)
    {
        (int code, string output, _) = ToolRun.Run(command, "--help");
        Assert.Equal(0, code);
        Assert.Contains("Example", output);
        Assert.Contains($"otd {command} ", output);
        Assert.Contains($"\n  {command} ", ToolRun.Run("--help").Output);
    }

    [Fact]
    public void The_tool_completes_commands_options_and_values()
    {
        Assert.Contains("evaluate", Suggest("otd ev"));
        Assert.Contains("--fitted", Suggest("otd score --fi"));
        Assert.Contains("weighted", Suggest("otd fit --teacher "));
        Assert.Contains("budget-only", Suggest("otd fit --prior "));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _otd_complete otd")]
    [InlineData("zsh", "compdef _otd_complete otd")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public void Completion_scripts_ask_the_tool(string shell, string expected)
    {
        (int code, string output, _) = ToolRun.Run("completion", shell);
        Assert.Equal(0, code);
        Assert.Contains(expected, output);
        Assert.Contains("otd \"[suggest:", output);
        Assert.Equal(2, ToolRun.Run("completion", "fish").Code);
    }

    private static string[] Suggest(string line) => ToolRun.Run($"[suggest:{line.Length}]", line).Output.Split('\n', StringSplitOptions.TrimEntries);
}
