using System.Reflection;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.SearchSpace;

/// <summary>Options by name; their numbers stand in the order of the names.</summary>
public class SearchSpace : OptionBase
{
    private readonly Dictionary<string, OptionBase> _options = [];
    private readonly Parameter? _default;

    public SearchSpace()
    {
    }

    protected SearchSpace(Type typeInfo, Parameter? defaultOption = null)
    {
        _default = defaultOption;
        foreach (var property in typeInfo.GetProperties())
        {
            var option = property.GetCustomAttribute<ChoiceAttribute>() is { } choice ? new ChoiceOption(choice.Candidates, choice.DefaultValue)
                : property.GetCustomAttribute<BooleanChoiceAttribute>() is { } truth ? new ChoiceOption([true, false], truth.DefaultValue)
                : null;
            if (option is not null)
            {
                _options[property.Name] = option;
            }
        }
    }

    public ICollection<string> Keys => _options.Keys;

    public int Count => _options.Count;

    public override double[] Default => [.. Ordered.SelectMany(o => o.Value.Default)];

    public override int FeatureSpaceDim => _options.Values.Sum(o => o.FeatureSpaceDim);

    public override int?[] Step => [.. Ordered.SelectMany(o => o.Value.Step)];

    private IEnumerable<KeyValuePair<string, OptionBase>> Ordered => _options.OrderBy(o => o.Key, StringComparer.Ordinal);

    public OptionBase this[string key]
    {
        get => _options[key];
        set => _options[key] = value;
    }

    public bool ContainsKey(string key) => _options.ContainsKey(key);

    public bool Remove(string key) => _options.Remove(key);

    public override Parameter SampleFromFeatureSpace(double[] feature)
    {
        var (sampled, at) = (Parameter.CreateNestedParameter([.. _default?.Keys.Select(k => KeyValuePair.Create(k, _default[k])) ?? []]), 0);
        foreach (var (key, option) in Ordered)
        {
            sampled[key] = option.SampleFromFeatureSpace(feature[at..(at + option.FeatureSpaceDim)]);
            at += option.FeatureSpaceDim;
        }

        return sampled;
    }

    public override double[] MappingToFeatureSpace(Parameter parameter) => [.. Ordered.SelectMany(o => o.Value.MappingToFeatureSpace(parameter[o.Key]))];
}
