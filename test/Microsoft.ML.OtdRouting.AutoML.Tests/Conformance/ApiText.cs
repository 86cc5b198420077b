using System.Globalization;
using System.Reflection;

namespace Microsoft.ML.OtdRouting.AutoML.Tests.Conformance;

/// <summary>Public types and members as lines of text, in the form of <c>signatures.txt</c>.</summary>
internal static class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Kind and name of a type.</summary>
    public static string Head(Type type)
    {
        var kind = type.IsInterface ? "interface"
            : type.IsEnum ? "enum"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";
        return $"{kind} {Name(type)}";
    }

    /// <summary>The base and the interfaces of a type that a caller can see.</summary>
    public static IEnumerable<string> Bases(Type type) => type.GetInterfaces()
        .Where(i => i.IsVisible)
        .Concat(type.BaseType is { } parent && parent != typeof(object) ? [parent] : Array.Empty<Type>())
        .Select(Name);

    /// <summary>The members that a type itself declares for callers and heirs.</summary>
    public static IEnumerable<string> Members(Type type)
    {
        var owner = Name(type) + ".";
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => $"{owner}{f.Name} = {Convert.ToInt64(f.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        }

        return type.GetConstructors(Declared).Where(c => !c.IsStatic && Shows(c)).Select(c => $"{owner}.ctor({Parameters(c)}){Flags(c)}")
            .Concat(type.GetMethods(Declared).Where(m => !m.IsSpecialName && Shows(m)).Select(m => $"{owner}{m.Name}{Generic(m)}({Parameters(m)}) -> {Name(m.ReturnType)}{Flags(m)}"))
            .Concat(type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(Shows)).Select(p => owner + Property(p)));
    }

    private static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(true).Where(Shows).OrderBy(a => a.Name, StringComparer.Ordinal).ToArray();
        var index = property.GetIndexParameters() is { Length: > 0 } places ? $"[{string.Join(", ", places.Select(p => Name(p.ParameterType)))}]" : "";
        return $"{property.Name}{index} : {Name(property.PropertyType)} {{ {string.Concat(accessors.Select(a => $"{a.Name[..3]}; "))}}}{Flags(accessors[0])}";
    }

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsArray)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : "");
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        var arguments = type.GetGenericArguments();
        return $"{(type.IsNested ? Name(type.DeclaringType!) : type.Namespace)}.{type.Name.Split('`')[0]}{(arguments.Length > 0 ? $"<{string.Join(", ", arguments.Select(Name))}>" : "")}";
    }

    private static bool Shows(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";

    private static string Flags(MethodBase method) =>
        (method.IsPublic ? "" : " protected") + (method.IsStatic ? " static" : "") + (method.IsAbstract ? " abstract" : method is { IsVirtual: true, IsFinal: false } ? " virtual" : "");

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{(p.IsOut ? "out " : p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {Default(p.DefaultValue)}" : "")}"));

    private static string Default(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
