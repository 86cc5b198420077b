using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>
/// The report as one HTML file that needs nothing else. Its security policy forbids the network and any script but its own, so it can be passed on
/// and opened anywhere.
/// </summary>
internal static partial class ReportPage
{
    /// <summary>Numbers are finite; text is escaped such that it cannot leave the script element that holds it.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        NumberHandling = JsonNumberHandling.Strict,
    };

    /// <summary>Writes the page in UTF-8.</summary>
    public static void Write(SweepReport report, Stream stream)
    {
        string[] scripts = [Asset("echarts.js"), Asset("charts.js"), Asset("page.js")];
        Dictionary<string, string> parts = new()
        {
            ["title"] = WebUtility.HtmlEncode(report.Title),
            ["conclusion"] = WebUtility.HtmlEncode(Unbroken(report.Conclusion)),
            ["detail"] = WebUtility.HtmlEncode(Unbroken(report.Detail)),
            ["hashes"] = string.Join(' ', scripts.Select(Hash)),
            ["style"] = Asset("page.css"),
            ["data"] = JsonSerializer.Serialize(report, Json),
            ["echarts"] = scripts[0],
            ["charts"] = scripts[1],
            ["page"] = scripts[2],
            ["notices"] = WebUtility.HtmlEncode(Asset("THIRD-PARTY-NOTICES.txt")),
        };

        // One pass over the template: what is put in is not looked through again.
        string page = Placeholder().Replace(Asset("page.html"), match => parts[match.Groups[1].Value]);
        stream.Write(Encoding.UTF8.GetBytes(page));
    }

    /// <summary>An embedded file, with the line ends that a browser sees when it computes the hash of a script.</summary>
    private static string Asset(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Report/{name}")
            ?? throw new InvalidOperationException($"The tool was built without its asset {name}.");
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>No line breaks before a percent sign.</summary>
    private static string Unbroken(string text) => text.Replace(" %", "\u00a0%");

    private static string Hash(string script) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();
}
