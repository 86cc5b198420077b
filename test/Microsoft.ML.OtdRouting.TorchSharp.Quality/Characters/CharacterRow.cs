namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>A drawn character as the library takes it.</summary>
internal sealed class CharacterRow
{
    /// <summary>Planar RGB.</summary>
    public float[] Image { get; set; } = [];

    /// <summary>Name of the character.</summary>
    public string Label { get; set; } = "";
}
