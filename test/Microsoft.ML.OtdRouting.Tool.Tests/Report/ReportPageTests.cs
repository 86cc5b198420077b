using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

public sealed partial class ReportPageTests
{
    private const string Hostile = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> & ' \" {{data}} \u2028 日本";

    [Fact]
    public void The_page_holds_the_report_as_json()
    {
        SweepReport report = SampleReport.Create("cat");
        SweepReport held = JsonSerializer.Deserialize<SweepReport>(Data(Write(report)), ReportPage.Json)!;
        Assert.Equal(JsonSerializer.Serialize(report, ReportPage.Json), JsonSerializer.Serialize(held, ReportPage.Json));
        Assert.Equal(report.Points[1].Routed, held.Points[1].Routed);
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        string page = Write(SampleReport.Create(Hostile)), harmless = Write(SampleReport.Create("cat"));
        SweepReport held = JsonSerializer.Deserialize<SweepReport>(Data(page), ReportPage.Json)!;
        Assert.Equal(Hostile, held.Classes[0]);
        Assert.Equal(Hostile, held.Routes[0].Images[0].File);
        Assert.Equal(Tags(harmless), Tags(page));
        Assert.DoesNotContain("alert(1)</script>", page);
        Assert.Contains("<title>&lt;/script&gt;&lt;script&gt;alert(1)", page);
        Assert.DoesNotContain("<", Data(page));
    }

    [Fact]
    public void The_conclusion_is_not_broken_before_a_percent_sign() =>
        Assert.Contains("91.4&#160;% right", Write(SampleReport.Create("cat") with { Conclusion = "91.4 % right" }));

    [Fact]
    public void The_page_loads_nothing_and_says_so_to_the_browser()
    {
        string page = Write(SampleReport.Create("cat"));
        string markup = Script().Replace(page, "");
        Assert.Equal(["#main", "https://echarts.apache.org"], Reference().Matches(markup).Select(m => m.Groups[2].Value).Order());
        Assert.DoesNotContain("@import", markup);
        Assert.DoesNotContain("url(", markup);
        Assert.DoesNotContain("<link", markup);
        Assert.DoesNotContain("<iframe", markup);
        string policy = Regex.Match(page, "http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value;
        Assert.StartsWith("default-src 'none'; img-src data:;", policy);
        string allowed = Regex.Match(policy, "script-src ([^;]*);").Groups[1].Value;
        Assert.DoesNotContain("unsafe", allowed);

        // The browser runs a script only if its hash is in the policy.
        IEnumerable<string> hashes = Script().Matches(page)
            .Where(m => m.Groups[1].Value.Length == 0)
            .Select(m => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(m.Groups[2].Value)))}'");
        Assert.Equal(hashes, allowed.Split(' '));
        Assert.Equal(3, hashes.Count());
    }

    [Fact]
    public void The_page_holds_the_licence_of_what_draws_its_plots()
    {
        string page = Write(SampleReport.Create("cat"));
        Assert.Contains("Licensed to the Apache Software Foundation", page);
        Assert.Contains("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION", page);
        Assert.Contains("This product includes software developed at", page);
    }

    [Fact]
    public void A_page_is_small() => Assert.InRange(Encoding.UTF8.GetByteCount(Write(SampleReport.Create("cat"))), 500_000, 1_000_000);

    private static string Write(SweepReport report)
    {
        using MemoryStream stream = new();
        ReportPage.Write(report, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string Data(string page) => Script().Matches(page).Single(m => m.Groups[1].Value.Contains("application/json")).Groups[2].Value;

    /// <summary>The elements that a browser sees in a page.</summary>
    private static IEnumerable<string> Tags(string page) => Regex.Matches(Script().Replace(page, "<script>"), "<[a-z!][^>]*>").Select(m => m.Value).Where(t => !t.StartsWith("<meta"));

    [GeneratedRegex("<script([^>]*)>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("\\b(src|href|action|data|poster|srcset)=\"([^\"]*)\"")]
    private static partial Regex Reference();
}
