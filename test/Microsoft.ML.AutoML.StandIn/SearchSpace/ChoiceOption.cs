namespace Microsoft.ML.SearchSpace.Option;

/// <summary>One of several values, each of which has the same share of the numbers from 0 to 1.</summary>
public sealed class ChoiceOption : OptionBase
{
    private const int Most = 1074;

    public ChoiceOption(params object[] choices)
    {
        if (choices.Length is 0 or >= Most || choices.Distinct().Count() < choices.Length)
        {
            throw new ArgumentException($"There must be from 1 to {Most - 1} choices, all different; found {choices.Length}.", nameof(choices));
        }

        Choices = [.. choices.Select(Parameter.FromObject)];
        Default = new double[FeatureSpaceDim];
    }

    public ChoiceOption(object[] choices, object defaultChoice)
        : this(choices) => Default = defaultChoice is null ? Default : MappingToFeatureSpace(Parameter.FromObject(defaultChoice));

    public Parameter[] Choices { get; }

    public override int FeatureSpaceDim => Choices.Length == 1 ? 0 : 1;

    public override int?[] Step => [Choices.Length];

    public override Parameter SampleFromFeatureSpace(double[] values) =>
        values.Length == 0 ? Choices[0] : Choices[Math.Min((int)(values[0] * Choices.Length), Choices.Length - 1)];

    public override double[] MappingToFeatureSpace(Parameter param)
    {
        var index = Array.IndexOf(Choices, param);
        // A number in the middle of the share, so that rounding cannot move it to the neighbour.
        return index < 0 ? throw new ArgumentException($"{param} is none of the choices.", nameof(param)) : FeatureSpaceDim == 0 ? [] : [(index + 0.5) / Choices.Length];
    }
}
