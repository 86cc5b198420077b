using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.OtdRouting.AutoML.Tests.Conformance;

/// <summary>
/// What the room is built against, the stand-in or the package, has the signatures of AutoML 0.23, as <c>signatures.txt</c> has them: a type on a line of its own, with its base and
/// interfaces; its members behind it, indented. So what compiles against the stand-in compiles against the package.
/// </summary>
public class ConformanceTests
{
    private static readonly string[] _lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Conformance", "signatures.txt"));

    private static readonly Dictionary<string, Type> _types = new[] { typeof(Parameter).Assembly, typeof(AutoCatalog).Assembly }
        .Distinct()
        .SelectMany(a => a.GetTypes())
        .Where(t => t.IsVisible)
        .ToDictionary(ApiText.Head);

    [Fact]
    public void All_that_is_listed_is_there()
    {
        var heads = _lines.Where(l => !l.StartsWith(' ')).Select(l => l.Split(" : ")[0]).ToList();
        Assert.Empty(heads.Except(_types.Keys));
        Assert.Empty(_lines.Where(l => l.StartsWith(' ')).Select(l => l.Trim()).Except(heads.SelectMany(h => ApiText.Members(_types[h]))));
        Assert.True(heads.Count >= 19 && _lines.Length >= 100, $"Only {heads.Count} types and {_lines.Length} lines are listed.");
    }

#if !AUTOML_PACKAGE
    [Fact]
    public void The_stand_in_has_nothing_that_is_not_listed()
    {
        foreach (var (head, type) in _types)
        {
            var line = Assert.Single(_lines, l => !l.StartsWith(' ') && l.Split(" : ")[0] == head);
            Assert.Empty(ApiText.Bases(type).Except(line.Contains(" : ") ? Split(line.Split(" : ")[1]) : []));
        }

        // Equality of one's own is no signature that a caller could miss.
        var own = _types.Values.SelectMany(ApiText.Members).Where(m => !m.Contains(".Equals(System.Object "));
        Assert.Empty(own.Except(_lines.Select(l => l.Trim())));
    }

    [Fact]
    public void The_stand_in_is_never_shipped()
    {
        Assert.Equal("Microsoft.ML.AutoML.StandIn", typeof(AutoCatalog).Assembly.GetName().Name);
        Assert.DoesNotContain(typeof(OtdRoutingCatalog).Assembly.GetReferencedAssemblies(), a => a.Name!.Contains("AutoML"));
    }
#endif

    /// <summary>Splits a list of types at the commas that are not between angle brackets.</summary>
    private static IEnumerable<string> Split(string list)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < list.Length; i++)
        {
            depth += list[i] == '<' ? 1 : list[i] == '>' ? -1 : 0;
            if (list[i] == ',' && depth == 0)
            {
                yield return list[start..i].Trim();
                start = i + 1;
            }
        }

        yield return list[start..].Trim();
    }
}
