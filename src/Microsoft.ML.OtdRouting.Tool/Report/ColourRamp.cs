namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Colours for numbers.</summary>
internal sealed class ColourRamp
{
    private readonly (int Red, int Green, int Blue)[] _stops;

    private ColourRamp(params (int, int, int)[] stops) => _stops = stops;

    /// <summary>For values: dark for low ones, bright for high ones.</summary>
    public static ColourRamp OfValues { get; } = new((26, 16, 66), (52, 72, 156), (32, 140, 160), (104, 196, 116), (248, 232, 88));

    /// <summary>For errors: white for none, through yellow and red to black.</summary>
    public static ColourRamp OfErrors { get; } = new((255, 255, 255), (250, 214, 110), (230, 110, 40), (160, 24, 36), (40, 4, 24));

    /// <summary>For pixels without a value: a grey that is in neither.</summary>
    public static (byte Red, byte Green, byte Blue) OfNone => (138, 138, 138);

    /// <summary>The stops, as style sheets have them.</summary>
    public IReadOnlyList<string> Colours => [.. _stops.Select(s => $"#{s.Red:x2}{s.Green:x2}{s.Blue:x2}")];

    /// <summary>The colour at a part of the way from the first stop to the last; parts outside of 0 to 1 have the colours of the ends.</summary>
    public (byte Red, byte Green, byte Blue) At(double part)
    {
        double place = Math.Clamp(part, 0, 1) * (_stops.Length - 1);
        int stop = Math.Min((int)place, _stops.Length - 2);
        byte Mix(int from, int to) => (byte)Math.Round(from + ((to - from) * (place - stop)));
        ((int Red, int Green, int Blue) low, (int Red, int Green, int Blue) high) = (_stops[stop], _stops[stop + 1]);
        return (Mix(low.Red, high.Red), Mix(low.Green, high.Green), Mix(low.Blue, high.Blue));
    }
}
