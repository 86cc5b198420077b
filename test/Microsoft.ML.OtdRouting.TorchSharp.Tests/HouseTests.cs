using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML.OtdRouting.Tool;

namespace Microsoft.ML.OtdRouting.Training.Tests;

/// <summary>The training room: who knows whom, inside of it and around it.</summary>
public partial class HouseTests
{
    private static readonly string _root = Root();

    /// <summary>What each folder may know of the others. The files beside the folders are what users hold in their hands, and may know all of them.</summary>
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Graphs"] = ["Arithmetic", "Graphs.Operators"],
        // An operator gets its node.
        ["Graphs.Operators"] = ["Arithmetic", "Graphs"],
        ["Arithmetic"] = [],
        ["Optimisation"] = ["Arithmetic"],
        ["Adaptation"] = ["Arithmetic", "Graphs", "Optimisation", "Routing"],
        // A network writes itself as a graph.
        ["Networks"] = ["Arithmetic", "Graphs"],
        // An assignment knows where predictions are made.
        ["Assignment"] = ["Networks"],
        ["Objectives"] = ["Arithmetic", "Assignment", "Networks"],
        ["Trainer"] = ["Arithmetic", "Networks", "Objectives", "Optimisation", "Routing"],
        ["Routing"] = [],
    };

    [Fact]
    public void Folders_know_only_what_is_below_them()
    {
        var found = Sources("Microsoft.ML.OtdRouting.TorchSharp")
            .SelectMany(s => Usings().Matches(s.Text).Select(m => (From: s.Folder, To: m.Groups[1].Value)))
            .Where(use => use.From.Length > 0 && use.From != use.To && !_allowed[use.From].Contains(use.To));
        Assert.Empty(found);
    }

    [Fact]
    public void Nothing_outside_of_the_room_speaks_of_torch()
    {
        foreach (var project in new[] { "Microsoft.ML.OtdRouting", "Microsoft.ML.OtdRouting.Transport", "Microsoft.ML.OtdRouting.Tool" })
        {
            Assert.DoesNotContain(Sources(project), s => s.Text.Contains("using TorchSharp", StringComparison.Ordinal) || s.Text.Contains("TorchSharp.torch", StringComparison.Ordinal));
            var file = File.ReadAllText(Path.Combine(_root, "src", project, project + ".csproj"));
            Assert.DoesNotMatch(new Regex(@"(PackageReference|ProjectReference) Include=""[^""]*torch", RegexOptions.IgnoreCase), file);
        }
    }

    [Fact]
    public void The_tool_does_not_even_reach_torch_by_others()
    {
        var (open, seen) = (new Stack<Assembly>([typeof(OtdTool).Assembly]), new HashSet<string>());
        while (open.TryPop(out var assembly))
        {
            foreach (var name in assembly.GetReferencedAssemblies().Where(n => n.Name!.StartsWith("Microsoft.ML", StringComparison.Ordinal) || n.Name.Contains("orch", StringComparison.Ordinal)))
            {
                if (seen.Add(name.Name!))
                {
                    open.Push(Assembly.Load(name));
                }
            }
        }

        Assert.Contains("Microsoft.ML.OtdRouting", seen);
        Assert.DoesNotContain(seen, name => name.Contains("Torch", StringComparison.OrdinalIgnoreCase));
    }

    private static List<(string Folder, string Text)> Sources(string project)
    {
        var source = Path.Combine(_root, "src", project);
        return Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(source, file))
            .Where(path => !path.StartsWith("obj", StringComparison.Ordinal) && !path.StartsWith("bin", StringComparison.Ordinal))
            .Select(path => (Path.GetDirectoryName(path)!.Replace(Path.DirectorySeparatorChar, '.'), File.ReadAllText(Path.Combine(source, path))))
            .ToList();
    }

    private static string Root()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Microsoft.ML.OtdRouting.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        return root;
    }

    [GeneratedRegex(@"^using (?:static )?Microsoft\.ML\.OtdRouting\.Training\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Usings();
}
