using System.Text.RegularExpressions;

namespace Microsoft.ML.OtdRouting.AutoML.Tests;

/// <summary>The AutoML room stands beside the house: it knows the router, and nothing knows it.</summary>
public class HouseTests
{
    [Fact]
    public void Nothing_outside_of_the_room_speaks_of_AutoML()
    {
        var source = Path.Combine(Root(), "src");
        var others = Directory.GetDirectories(source).Where(d => !d.EndsWith(".AutoML", StringComparison.Ordinal)).ToList();
        Assert.True(others.Count >= 5);
        foreach (var project in others)
        {
            Assert.DoesNotMatch(new Regex(@"(PackageReference|ProjectReference) Include=""[^""]*AutoML"), File.ReadAllText(Assert.Single(Directory.GetFiles(project, "*.csproj"))));
            Assert.DoesNotContain(Directory.GetFiles(project, "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("obj")), f => File.ReadAllText(f).Contains("using Microsoft.ML.AutoML"));
        }
    }

    [Fact]
    public void What_is_built_against_the_stand_in_is_not_packed()
    {
        var room = File.ReadAllText(Path.Combine(Root(), "src", "Microsoft.ML.OtdRouting.AutoML", "Microsoft.ML.OtdRouting.AutoML.csproj"));
        Assert.Contains("<IsPackable Condition=\"'$(UseAutoMLPackage)' == 'true'\">true</IsPackable>", room);
        Assert.DoesNotContain("IsPackable", File.ReadAllText(Path.Combine(Root(), "test", "Microsoft.ML.AutoML.StandIn", "Microsoft.ML.AutoML.StandIn.csproj")));
        Assert.Contains("<IsPackable>false</IsPackable>", File.ReadAllText(Path.Combine(Root(), "Directory.Build.props")));
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
}
