using System.Text.RegularExpressions;

namespace Microsoft.ML.OtdRouting.Tests;

/// <summary>The folders of the extension: which know which, by the types that their files name.</summary>
public partial class HouseTests
{
    /// <summary>What each folder may know. The files beside the folders are what users hold in their hands, and may know all of them.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Numerics"] = [],
        ["Concurrency"] = [],
        ["Images"] = [],
        ["Models"] = ["Images"],
        ["Routes"] = ["Numerics"],
        ["Scoring"] = ["Concurrency", "Images", "Models"],
        ["Priors"] = ["Models", "Routes"],
        ["Tasks"] = ["Images", "Models", "Numerics", "Routes", "Scoring"],
        ["Tasks/Classification"] = ["Models", "Numerics", "Routes", "Scoring", "Tasks"],
        ["Tasks/Embedding"] = ["Models", "Numerics", "Routes", "Scoring", "Tasks"],
        ["Tasks/Detection"] = ["Images", "Models", "Numerics", "Routes", "Scoring", "Tasks"],
        ["Policies"] = ["Numerics", "Priors", "Routes"],
        ["Fitting"] = ["Numerics", "Policies", "Priors", "Routes", "Tasks"],
        ["Serving"] = ["Images", "Models", "Numerics", "Policies", "Priors", "Routes", "Scoring", "Tasks"],
        ["Gates"] = ["Images", "Priors", "Routes", "Scoring", "Serving", "Tasks"],
        ["DataViews"] = ["Concurrency", "Fitting", "Images", "Numerics", "Policies", "Priors", "Routes", "Scoring", "Serving", "Tasks"],
        ["Persistence"] = ["DataViews", "Fitting", "Images", "Models", "Numerics", "Policies", "Priors", "Routes", "Scoring", "Serving", "Tasks"],
        ["Evaluation"] =
            ["Concurrency", "DataViews", "Fitting", "Images", "Models", "Numerics", "Persistence", "Policies", "Priors", "Routes", "Scoring", "Serving", "Tasks"],
    };

    [Fact]
    public void Folders_know_only_what_is_below_them()
    {
        var arrows = Arrows();
        Assert.Equal(Allowed.Keys.Order(), arrows.Keys.Where(f => f.Length > 0).Order());
        var wrong = arrows
            .Where(from => from.Key.Length > 0)
            .SelectMany(from => from.Value.Where(to => !Allowed[from.Key].Contains(to.Key)).Select(to => $"{from.Key} -> {to.Key}: {to.Value.First()}"));
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_two_folders_know_each_other()
    {
        foreach (var (from, known) in Allowed)
        {
            Assert.All(known, to => Assert.DoesNotContain(from, Allowed[to]));
        }
    }

    [Fact]
    public void Only_rooms_of_tasks_speak_of_classes()
    {
        var found = Sources().Where(s => s.Folder is not ("" or "Tasks/Classification" or "Tasks/Detection") && Classes().IsMatch(Code(s.Text))).Select(s => s.Path);
        Assert.Empty(found);
    }

    /// <summary>For every folder the folders it knows, each with the types that tell.</summary>
    private static Dictionary<string, Dictionary<string, List<string>>> Arrows()
    {
        var sources = Sources();
        var folderOf = sources
            .SelectMany(s => Declarations().Matches(s.Text).Select(m => (Type: m.Groups[1].Value, s.Folder)))
            .DistinctBy(t => t.Type)
            .ToDictionary(t => t.Type, t => t.Folder);
        return sources.GroupBy(s => s.Folder).ToDictionary(
            group => group.Key,
            group => group
                .SelectMany(s => Words().Matches(Code(s.Text)).Select(m => m.Value).Distinct().Where(folderOf.ContainsKey).Select(type => (s.Path, Type: type)))
                .Where(use => folderOf[use.Type] != group.Key)
                .GroupBy(use => folderOf[use.Type])
                .ToDictionary(g => g.Key, g => g.Select(use => $"{use.Type} in {use.Path}").ToList()));
    }

    private static List<(string Folder, string Path, string Text)> Sources()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Microsoft.ML.OtdRouting.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        var source = Path.Combine(root, "src", "Microsoft.ML.OtdRouting");
        return Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(source, file).Replace('\\', '/'))
            .Where(path => !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("bin/", StringComparison.Ordinal))
            .Select(path => (Path.GetDirectoryName(path)!.Replace('\\', '/'), path, File.ReadAllText(Path.Combine(source, path))))
            .ToList();
    }

    /// <summary>The code of a file without comments, usings and texts; of a text that is interpolated, what stands in its braces stays.</summary>
    private static string Code(string text)
    {
        var code = Comments().Replace(text[text.IndexOf("namespace ", StringComparison.Ordinal)..], "");
        return Texts().Replace(code, m => string.Join(' ', Braces().Matches(m.Value).Select(b => b.Value)));
    }

    [GeneratedRegex(@"^(?:public|internal)\s+(?:(?:sealed|static|abstract|readonly|partial|ref)\s+)*(?:class|record struct|record|struct|interface|enum|delegate\s+[\w<>\[\]]+)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"\b[A-Z]\w*\b")]
    private static partial Regex Words();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comments();

    [GeneratedRegex("\"(?:\\\\.|[^\"\\\\])*\"")]
    private static partial Regex Texts();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Braces();

    [GeneratedRegex(@"\b(Class(Names?|es|Count|Map|Order|ificationTask)|Labels?|PredictedLabel|Accuracy|LogLoss)\b")]
    private static partial Regex Classes();
}
