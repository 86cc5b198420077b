using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.SearchSpace;

/// <summary>A proposed value: a number, a text, a truth, or parameters by name. Others read it as what they need, by way of JSON.</summary>
public sealed class Parameter : IEquatable<Parameter>
{
    private readonly Dictionary<string, Parameter> _members = [];
    private readonly JsonValue? _value;

    private Parameter(ParameterType type, JsonValue? value) => (ParameterType, _value) = (type, value);

    public ParameterType ParameterType { get; }

    public ICollection<string> Keys => Members.Keys;

    private Dictionary<string, Parameter> Members =>
        ParameterType == ParameterType.Object ? _members : throw new InvalidOperationException($"The parameter is of type {ParameterType}; it has no members.");

    public Parameter this[string key]
    {
        get => Members[key];
        set => Members[key] = value;
    }

    public static Parameter FromBool(bool value) => new(ParameterType.Bool, JsonValue.Create(value));

    public static Parameter FromDouble(double value) => new(ParameterType.Number, JsonValue.Create(value));

    public static Parameter FromInt(int value) => new(ParameterType.Integer, JsonValue.Create(value));

    public static Parameter FromString(string value) => new(ParameterType.String, JsonValue.Create(value));

    public static Parameter FromObject<T>(T value)
        where T : class => Of(value, typeof(T));

    public static Parameter CreateNestedParameter(params KeyValuePair<string, Parameter>[] parameters)
    {
        var nested = new Parameter(ParameterType.Object, null);
        foreach (var (key, value) in parameters)
        {
            nested[key] = value;
        }

        return nested;
    }

    public bool ContainsKey(string key) => Members.ContainsKey(key);

    public T AsType<T>() => ToJson().Deserialize<T>()!;

    public bool Equals(Parameter? other) => other is not null && JsonNode.DeepEquals(ToJson(), other.ToJson());

    public override bool Equals(object? obj) => Equals(obj as Parameter);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => ToJson().ToJsonString();

    private static Parameter Of(object value, Type type) => value switch
    {
        bool truth => FromBool(truth),
        int number => FromInt(number),
        double number => FromDouble(number),
        string text => FromString(text),
        _ => CreateNestedParameter([.. type.GetProperties()
            .Where(p => p.CanRead && p.CanWrite && p.GetValue(value) is not null)
            .Select(p => KeyValuePair.Create(p.Name, Of(p.GetValue(value)!, p.PropertyType)))]),
    };

    private JsonNode ToJson() => _value?.DeepClone() ??
        new JsonObject(_members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value.ToJson())));
}
