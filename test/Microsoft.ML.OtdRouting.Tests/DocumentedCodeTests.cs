using System.Text.RegularExpressions;

namespace Microsoft.ML.OtdRouting.Tests;

/// <summary>Pages whose code is that of an example, which is built with everything else: what a reader copies compiles.</summary>
public partial class DocumentedCodeTests
{
    [Theory]
    [InlineData("automl.md", "AutoML", 2)]
    [InlineData("model-builder.md", "ModelBuilder", 4)]
    public void Code_of_the_page_stands_in_the_example(string page, string example, int least)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Microsoft.ML.OtdRouting.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        Assert.Contains($"{example}.csproj", File.ReadAllText(Path.Combine(root, "Microsoft.ML.OtdRouting.sln")));
        var sources = Directory.GetFiles(Path.Combine(root, "examples", example), "*.cs").Select(f => Lines(File.ReadAllText(f))).ToList();
        var blocks = Blocks().Matches(File.ReadAllText(Path.Combine(root, "docs", page)).ReplaceLineEndings("\n")).Select(m => Lines(m.Groups[1].Value)).ToList();
        Assert.True(blocks.Count >= least, $"{page} has {blocks.Count} blocks of code.");
        Assert.All(blocks, block => Assert.True(sources.Exists(s => s.Contains(block, StringComparison.Ordinal)), $"No file of examples/{example} has:\n{block}"));
    }

    /// <summary>The lines without what indents them.</summary>
    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)) + "\n";

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
