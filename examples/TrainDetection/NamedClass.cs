namespace TrainDetection;

/// <summary>A class, for the order of the keys.</summary>
public sealed class NamedClass
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";
}
