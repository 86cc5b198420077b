using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Outputs of a model that answer together, such as the boxes, scores and classes of a detector with suppression inside. They are put side by side, as floats:
/// <c>[1, N, k]</c> and <c>[1, N]</c> become one output <c>[1, N, k + 1]</c>.
/// </summary>
public sealed class JoinedOutputs
{
    /// <summary>Of more rows, outputs would take memory without end.</summary>
    internal const int MostRows = 1000;

    /// <summary>Outputs that answer together.</summary>
    /// <param name="first">Name of an output of the shape <c>[1, N, k]</c> or <c>[N, k]</c>, whose last axis has a known length.</param>
    /// <param name="others">
    /// Names of those with one number for each of the N, <c>[1, N]</c>, <c>[N]</c> or with further axes of one, in the order in which they follow. All hold floats or integers.
    /// </param>
    /// <exception cref="ArgumentException">A name is empty or stands twice, or there is one alone.</exception>
    public JoinedOutputs(string first, params IReadOnlyList<string> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        Names = [first, .. others];
        if (Names.Count < 2 || Names.Any(string.IsNullOrWhiteSpace) || Names.Distinct().Count() < Names.Count)
        {
            throw new ArgumentException($"The joined outputs are {string.Join(", ", Names.Select(n => $"'{n}'"))}; at least two distinct names are expected.", nameof(others));
        }
    }

    /// <summary>The names, in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Name of an output with the number of rows that are filled, one for each image; those behind them become zeros. Default null: all are filled.</summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string? CountName
    {
        get;
        init => field = value is null || !string.IsNullOrWhiteSpace(value)
            ? value
            : throw new ArgumentException($"{nameof(CountName)} is empty; expected the name of an output, or null.", nameof(CountName));
    }

    /// <summary>
    /// Rows that are kept of a model whose number of rows varies from image to image, from 1 to 1,000; the first so many, and zeros where there are fewer. Such a model scores one image a
    /// run. Default 100. Means nothing where the number of rows is fixed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxRows
    {
        get;
        init => field = value is >= 1 and <= MostRows
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxRows), value, $"{nameof(MaxRows)} is {value}; it must be from 1 to {MostRows}.");
    } = 100;

    /// <summary>Name of the output that they become.</summary>
    internal string Name => ToString();

    /// <summary>Is the same for outputs that are joined in the same way.</summary>
    internal string Key => $"{Name} # {CountName} # {MaxRows}";

    /// <inheritdoc/>
    public override string ToString() => string.Join(" + ", Names);
}
