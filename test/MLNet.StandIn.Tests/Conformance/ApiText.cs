using System.Globalization;
using System.Reflection;

namespace MLNet.StandIn.Tests.Conformance;

/// <summary>Renders public types and members in the textual form of the files in build/standin/api.</summary>
internal static class ApiText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static bool IsVisible(Type type) =>
        type.IsNested
            ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
            : type.IsPublic;

    public static string TypeLine(Type type)
    {
        string kind = type.IsInterface ? "interface"
            : type.IsEnum ? "enum"
            : type.IsValueType ? "struct"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";
        var bases = new List<string>();
        if (type.BaseType != null && type.BaseType != typeof(object))
            bases.Add(Name(type.BaseType));
        bases.AddRange(type.GetInterfaces().Where(IsVisible).Select(Name).Order(StringComparer.Ordinal));
        return $"{kind} {Name(type)}" + (bases.Count > 0 ? " : " + string.Join(", ", bases) : "");
    }

    public static IEnumerable<string> MemberLines(Type type)
    {
        if (type.IsEnum)
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(f => $"{Name(type)}.{f.Name} = {Convert.ToInt64(f.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return [$"{Name(invoke.ReturnType)} Invoke({Parameters(invoke)})"];
        }

        string owner = Name(type) + ".";
        var lines = new List<string>();
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsVisible(c)))
            lines.Add($"{owner}.ctor({Parameters(constructor)}){Flags(constructor)}");
        foreach (MethodInfo method in type.GetMethods(Declared).Where(m => !m.IsSpecialName && IsVisible(m)))
        {
            string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";
            lines.Add($"{owner}{method.Name}{generic}({Parameters(method)}) -> {Name(method.ReturnType)}{Flags(method)}");
        }

        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            MethodInfo[] accessors = [.. property.GetAccessors(nonPublic: true).Where(IsVisible)];
            if (accessors.Length == 0)
                continue;
            string index = property.GetIndexParameters() is { Length: > 0 } parameters
                ? $"[{string.Join(", ", parameters.Select(p => Name(p.ParameterType)))}]"
                : "";
            string access = string.Concat(
                accessors.OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => a.Name.Contains("get_") ? "get; " : "set; "));
            lines.Add($"{owner}{property.Name}{index} : {Name(property.PropertyType)} {{ {access}}}{Flags(accessors[0])}");
        }

        foreach (EventInfo @event in type.GetEvents(Declared).Where(e => IsVisible(e.AddMethod!)))
            lines.Add($"{owner}{@event.Name} : event {Name(@event.EventHandlerType!)}{Flags(@event.AddMethod!)}");
        foreach (FieldInfo field in type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly))
            lines.Add(
                $"{owner}{field.Name} : {Name(field.FieldType)}{(field.IsStatic ? " static" : "")}{(field.IsInitOnly ? " readonly" : "")}");
        return lines;
    }

    public static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter)
            return type.Name;

        // The arguments of an outer generic type belong to its own name.
        Type[] arguments = type.GetGenericArguments();
        int outer = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string prefix = type.IsNested ? Name(Construct(type.DeclaringType!, arguments)) + "." : type.Namespace + ".";
        string name = type.Name.Split('`')[0];
        string own = arguments.Length > outer ? $"<{string.Join(", ", arguments.Skip(outer).Select(Name))}>" : "";
        return prefix + name + own;
    }

    private static Type Construct(Type declaring, Type[] arguments) =>
        declaring.IsGenericTypeDefinition ? declaring.MakeGenericType(arguments[..declaring.GetGenericArguments().Length]) : declaring;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Flags(MethodBase method)
    {
        string flags = method.IsFamily || method.IsFamilyOrAssembly ? " protected" : "";
        if (method.IsStatic)
            flags += " static";
        if (method.IsAbstract)
            flags += " abstract";
        else if (method.IsVirtual && !method.IsFinal)
            flags += " virtual";
        return flags;
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
    {
        string modifier = p.IsOut && p.ParameterType.IsByRef ? "out "
            : p.ParameterType.IsByRef ? "ref "
            : p.IsDefined(typeof(ParamArrayAttribute)) ? "params "
            : "";
        return $"{modifier}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? " = " + Default(p) : "")}";
    }));

    private static string Default(ParameterInfo parameter)
    {
        object? value = parameter.DefaultValue;
        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return value switch
        {
            null => "null",
            string text => $"\"{text}\"",
            _ when type.IsEnum => Enum.ToObject(type, value).ToString()!,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }
}
