using Microsoft.ML;

namespace MLNet.StandIn.Tests.Conformance;

/// <summary>
/// Code that compiles against the stand-in must compile against ML.NET: nothing may be public here that is not public there.
/// </summary>
public class ConformanceTests
{
    private static readonly HashSet<string> Api = [.. Directory
        .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "api"), "*.txt")
        .SelectMany(File.ReadLines)
        .Select(line => line.Trim())];

    private static readonly Type[] Types = [.. typeof(MLContext).Assembly.GetTypes().Where(ApiText.IsVisible)];

    [Fact]
    public void EveryPublicTypeIsOneOfMLNet()
    {
        Assert.NotEmpty(Api);
        AssertNone("not a public type of ML.NET", Types.Select(ApiText.TypeLine).Except(Api));
    }

    [Fact]
    public void EveryPublicMemberIsOneOfMLNet() =>
        AssertNone("not a public member of ML.NET", Types.SelectMany(ApiText.MemberLines).Except(Api));

    [Fact]
    public void AbstractMembersAreComplete()
    {
        // A class outside that implements or overrides everything here must have implemented everything there.
        string[] here = [.. Types.SelectMany(ApiText.MemberLines)];
        string[] owners = [.. Types.Where(t => t.IsInterface || t.IsAbstract).Select(t => ApiText.Name(t) + ".")];
        IEnumerable<string> missing = Api
            .Where(line => (line + " ").Contains(" abstract ") && !line.StartsWith("abstract", StringComparison.Ordinal))
            .Where(line => owners.Any(owner => IsMemberOf(owner, line)))
            .Except(here);
        AssertNone("missing", missing);
    }

    private static bool IsMemberOf(string owner, string line) =>
        line.StartsWith(owner, StringComparison.Ordinal) && !line[owner.Length..].Split('(', ' ')[0].Contains('.');

    private static void AssertNone(string what, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        if (all.Length > 0)
            Assert.Fail($"{all.Length} lines are {what}:{Environment.NewLine}{string.Join(Environment.NewLine, all)}");
    }
}
