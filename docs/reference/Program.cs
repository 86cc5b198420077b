using System.Reflection;
using ApiReference;
using Microsoft.ML;
using Microsoft.ML.OtdRouting.AutoML;
using Microsoft.ML.OtdRouting.Training;
using Microsoft.ML.OtdRouting.Transport;

// One page a namespace. With --check nothing is written: the exit code tells whether the pages are those of this build.
var folder = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "ApiFolder").Value!;
var check = args.Contains("--check");
Assembly[] assemblies = [typeof(OtdRoutingCatalog).Assembly, typeof(LossTable).Assembly, typeof(LibTorch).Assembly, typeof(OtdRouterOption).Assembly];
var pages = NamespacePage.Of(assemblies, XmlComments.Beside(assemblies)).ToList();
var texts = pages.ToDictionary(p => $"{p.Namespace}.md", p => p.Text);
texts["README.md"] = NamespacePage.Index(pages);
if (check)
{
    var stale = texts.Where(t => !File.Exists(Path.Combine(folder, t.Key)) || File.ReadAllText(Path.Combine(folder, t.Key)) != t.Value)
        .Select(t => t.Key)
        .Concat(Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Where(f => !texts.ContainsKey(f)))
        .ToList();
    Console.WriteLine(stale.Count == 0 ? "docs/api is up to date." : $"docs/api is not that of this build ({string.Join(", ", stale)}): run dotnet run --project docs/reference -c Release.");
    return stale.Count == 0 ? 0 : 1;
}

Directory.CreateDirectory(folder);
foreach (var old in Directory.GetFiles(folder, "*.md"))
{
    File.Delete(old);
}

foreach (var (name, text) in texts)
{
    File.WriteAllText(Path.Combine(folder, name), text);
}

Console.WriteLine($"Wrote {texts.Count} pages to docs/api.");
return 0;
