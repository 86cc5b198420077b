using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ApiReference;

/// <summary>The XML comments of an assembly, as Markdown.</summary>
internal sealed partial class XmlComments
{
    private readonly Dictionary<string, XElement> _members;

    private XmlComments(IEnumerable<XDocument> documents) =>
        // What generators write may be in several assemblies.
        _members = documents.SelectMany(d => d.Descendants("member")).DistinctBy(m => m.Attribute("name")!.Value).ToDictionary(m => m.Attribute("name")!.Value);

    public static XmlComments Beside(IEnumerable<Assembly> assemblies) => new(assemblies.Select(a => XDocument.Load(Path.ChangeExtension(a.Location, ".xml"))));

    /// <summary>The text of an element of a member's comment; empty where there is none.</summary>
    public string Text(string member, string element) =>
        Find(member)?.Element(element) is { } found ? Markdown(found) : "";

    /// <summary>Names and texts of the elements of a member's comment that have a name: parameters, exceptions.</summary>
    public IEnumerable<(string Name, string Text)> Named(string member, string element) =>
        Find(member)?.Elements(element).Select(e => ((e.Attribute("name")?.Value ?? Short(e.Attribute("cref")!.Value)), Markdown(e))) ?? [];

    private XElement? Find(string member)
    {
        var found = _members.GetValueOrDefault(member);
        // A comment may be another member's, with elements of its own beside it.
        return found?.Element("inheritdoc")?.Attribute("cref")?.Value is { } other && _members.TryGetValue(other, out var inherited)
            ? new XElement(
                "member", found.Elements().Where(e => e.Name != "inheritdoc"), inherited.Elements().Where(e => found.Elements(e.Name).All(own => Key(own) != Key(e))))
            : found;
    }

    private static string? Key(XElement element) => element.Attribute("name")?.Value;

    private static string Markdown(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            text.Append(node switch
            {
                XText plain => Escaped(Spaces().Replace(plain.Value, " ")),
                XElement { Name.LocalName: "see" or "seealso" } e => $"`{e.Attribute("langword")?.Value ?? Short(e.Attribute("cref")!.Value)}`",
                XElement { Name.LocalName: "paramref" or "typeparamref" } e => $"`{e.Attribute("name")!.Value}`",
                XElement { Name.LocalName: "c" } e => $"`{e.Value}`",
                XElement { Name.LocalName: "code" } e => $"\n\n```csharp\n{e.Value.Trim()}\n```\n\n",
                XElement { Name.LocalName: "para" } e => $"\n\n{Markdown(e)}",
                XElement { Name.LocalName: "list" } e => "\n\n" + string.Join('\n', e.Elements("item").Select(Item)) + "\n",
                XElement e => Markdown(e),
                _ => "",
            });
        }

        return text.ToString().Trim();
    }

    private static string Item(XElement item) =>
        item.Element("term") is { } term ? $"- **{Markdown(term)}** {Markdown(item.Element("description")!)}" : $"- {Markdown(item)}";

    /// <summary>The last part of a reference, without the parameters: <c>Resolution.Name</c>.</summary>
    private static string Short(string cref)
    {
        var name = cref[2..].Split('(')[0];
        var parts = Arity().Replace(name, "").Split('.');
        return cref[0] is 'T' ? parts[^1] : $"{parts[^2]}.{parts[^1]}";
    }

    private static string Escaped(string text) => text.Replace("<", "&lt;").Replace("*", "\\*");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("`+[0-9]+")]
    private static partial Regex Arity();
}
