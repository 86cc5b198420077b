namespace Microsoft.ML.SearchSpace.Option;

/// <summary>A part of a search space: what numbers from 0 to 1 mean.</summary>
public abstract class OptionBase
{
    public virtual double[] Default { get; set; } = [];

    public abstract int FeatureSpaceDim { get; }

    public abstract int?[] Step { get; }

    public abstract Parameter SampleFromFeatureSpace(double[] values);

    public abstract double[] MappingToFeatureSpace(Parameter value);
}
