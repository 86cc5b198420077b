using System.Reflection;
using System.Text;

namespace ApiReference;

/// <summary>The page of a namespace: its public types with their members.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Types">Its types, with what they are.</param>
/// <param name="Text">The page.</param>
internal sealed record NamespacePage(string Namespace, IReadOnlyList<(string Name, string Summary)> Types, string Text)
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<NamespacePage> Of(IEnumerable<Assembly> assemblies, XmlComments comments) => assemblies.SelectMany(a => a.GetExportedTypes())
        .GroupBy(t => t.Namespace!)
        .OrderBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => Of(g.Key, g.OrderBy(TypeNames.Of, StringComparer.Ordinal).ToList(), comments));

    /// <summary>The page that lists all pages.</summary>
    public static string Index(IReadOnlyList<NamespacePage> pages)
    {
        var text = new StringBuilder("# API reference\n\nWritten from the XML comments by `dotnet run --project docs/reference -c Release`.\n");
        foreach (var page in pages)
        {
            text.Append($"\n## [{page.Namespace}]({page.Namespace}.md)\n\n| type | |\n| --- | --- |\n");
            foreach (var (name, summary) in page.Types)
            {
                text.Append($"| [{Code(name)}]({page.Namespace}.md#{Anchor(name)}) | {FirstSentence(summary)} |\n");
            }
        }

        return text.ToString();
    }

    private static NamespacePage Of(string name, IReadOnlyList<Type> types, XmlComments comments)
    {
        var text = new StringBuilder($"# {name}\n");
        var listed = new List<(string, string)>();
        foreach (var type in types)
        {
            var id = $"T:{TypeNames.InComments(type)}";
            var summary = comments.Text(id, "summary");
            listed.Add((TypeNames.Of(type), summary));
            text.Append($"\n## {Heading(TypeNames.Of(type))}\n\n{Kind(type)}. {summary}\n");
            Append(text, comments.Text(id, "remarks"));
            if (type.IsEnum)
            {
                text.Append("\n| value | |\n| --- | --- |\n");
                foreach (var value in Enum.GetNames(type))
                {
                    text.Append($"| `{value}` | {comments.Text($"F:{TypeNames.InComments(type)}.{value}", "summary")} |\n");
                }
            }
            else
            {
                AppendMembers(text, type, comments);
            }
        }

        return new NamespacePage(name, listed, text.ToString());
    }

    private static void AppendMembers(StringBuilder text, Type type, XmlComments comments)
    {
        var own = TypeNames.InComments(type);
        var typeId = $"T:{own}";
        foreach (var constructor in type.GetConstructors(Own).Where(c => !IsDelegate(type) && (c.GetParameters().Length > 0 || comments.Text(Id(c, own), "summary").Length > 0)))
        {
            var id = Id(constructor, own);
            // The parameters of a record's constructor are described at the record.
            AppendCallable(text, comments, comments.Text(id, "summary").Length > 0 ? id : typeId, id, $"new {TypeNames.Of(type)}", constructor.GetParameters(), null);
        }

        var properties = type.GetProperties(Own).Where(p => p.GetIndexParameters().Length == 0 && p.Name != "EqualityContract").ToList();
        var described = properties
            .Select(p => (p, Summary: comments.Text($"P:{own}.{p.Name}", "summary") is { Length: > 0 } s
                ? s
                : comments.Named(typeId, "param").FirstOrDefault(n => n.Name == p.Name).Text ?? ""))
            .ToList();
        if (described.Count > 0)
        {
            text.Append("\n| property | type | |\n| --- | --- | --- |\n");
            foreach (var (property, summary) in described)
            {
                text.Append($"| `{property.Name}` | `{TypeNames.Of(property.PropertyType)}` | {Cell(summary)}{(IsStatic(property) ? " Static." : "")} |\n");
            }
        }

        foreach (var method in type.GetMethods(Own).Where(m => !m.IsSpecialName && (IsDelegate(type) ? m.Name == "Invoke" : !IsOfRecord(m))))
        {
            var id = IsDelegate(type) ? typeId : Id(method, own);
            AppendCallable(text, comments, id, id, (method.IsStatic ? $"{TypeNames.Of(type)}." : "") + method.Name + Generic(method), method.GetParameters(), method.ReturnType);
        }
    }

    private static void AppendCallable(
        StringBuilder text, XmlComments comments, string id, string exceptionsId, string name, ParameterInfo[] parameters, Type? result)
    {
        var list = string.Join(", ", parameters.Select(Parameter));
        text.Append($"\n### `{name}({list})`{(result is null || result == typeof(void) ? "" : $" → `{TypeNames.Of(result)}`")}\n");
        Append(text, comments.Text(id, "summary"));
        Append(text, comments.Text(id, "remarks"));
        var described = comments.Named(id, "param").Where(p => parameters.Any(q => q.Name == p.Name)).Select(p => $"- `{p.Name}`: {p.Text}")
            .Concat(comments.Text(id, "returns") is { Length: > 0 } returns ? [$"- returns: {returns}"] : [])
            .Concat(comments.Named(exceptionsId, "exception").Select(e => $"- throws `{e.Name}`: {e.Text}"));
        Append(text, string.Join('\n', described));
    }

    private static string Parameter(ParameterInfo p)
    {
        var kind = p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : p.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "";
        var extends = p.Position == 0 && p.Member.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute), false) ? "this " : "";
        return extends + kind + TypeNames.Of(p.ParameterType) + " " + p.Name + (p.HasDefaultValue ? $" = {Default(p)}" : "");
    }

    private static string Default(ParameterInfo p) => p.DefaultValue switch
    {
        null => p.ParameterType.IsValueType && Nullable.GetUnderlyingType(p.ParameterType) is null ? "default" : "null",
        string s => $"\"{s}\"",
        bool b => b ? "true" : "false",
        Enum e => $"{e.GetType().Name}.{e}",
        var v => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{v}"),
    };

    private static string Id(MethodBase method, string owner)
    {
        var arity = method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";
        var parameters = method.GetParameters();
        var list = parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(p => TypeNames.InComments(p.ParameterType)))})";
        return $"M:{owner}.{(method.IsConstructor ? "#ctor" : method.Name)}{arity}{list}";
    }

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(TypeNames.Of))}>" : "";

    private static bool IsDelegate(Type type) => typeof(Delegate).IsAssignableFrom(type);

    private static bool IsStatic(PropertyInfo property) => property.GetMethod?.IsStatic == true;

    /// <summary>Methods that the compiler gives to records, and those of every object.</summary>
    private static bool IsOfRecord(MethodInfo method) =>
        method.Name is "Deconstruct" or "<Clone>$" or "PrintMembers" || method.GetBaseDefinition().DeclaringType == typeof(object) || method.Name == "Equals";

    private static string Kind(Type type) =>
        type.IsEnum ? "Enumeration"
        : IsDelegate(type) ? "Delegate"
        : type.IsInterface ? "Interface"
        : type.IsValueType ? "Structure"
        : type.IsAbstract && type.IsSealed ? "Static class"
        : type.IsAbstract ? "Abstract class"
        : type.GetMethod("<Clone>$") is not null ? "Record"
        : "Class";

    private static void Append(StringBuilder text, string part)
    {
        if (part.Length > 0)
        {
            text.Append($"\n{part}\n");
        }
    }

    private static string Cell(string text) => text.Replace("\n", " ").Replace("|", "\\|");

    private static string FirstSentence(string summary) => Cell(summary.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end ? summary[..(end + 1)] : summary);

    private static string Heading(string name) => name.Replace("<", "&lt;");

    private static string Code(string name) => name.Replace("<", "&lt;");

    /// <summary>As GitHub makes anchors: lower case, without punctuation.</summary>
    private static string Anchor(string name) => new(name.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is '-').ToArray());
}
