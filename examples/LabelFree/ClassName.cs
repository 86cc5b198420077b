namespace LabelFree;

/// <summary>A class of the models.</summary>
public sealed class ClassName
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";
}
