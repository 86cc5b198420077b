using System.CommandLine;
using System.Globalization;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--within</c>, <c>--at-least</c>, <c>--confidence</c> and <c>--kept-back</c>: a promise in place of a budget.</summary>
internal sealed class PromiseArgument
{
    private const double UsualConfidence = 0.95;
    private const double UsualKeptBack = 0.5;

    private readonly Option<double?> _within = new("--within")
    {
        Description = "In place of a budget: finds the smallest one at which the router is at most so many points (of 100) less accurate than the largest resolution.",
        HelpName = "POINTS",
    };

    private readonly Option<double?> _atLeast = new("--at-least")
    {
        Description = "In place of a budget: finds the smallest one at which the router is at least so accurate, from 0 to 1.",
        HelpName = "ACCURACY",
    };

    private readonly Option<double?> _confidence = new("--confidence")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"The chance, at least, that --within or --at-least is true; {UsualConfidence} without it."),
        HelpName = "C",
    };

    private readonly Option<double?> _keptBack = new("--kept-back")
    {
        Description = "The part of the images that --within or --at-least is tested on and nothing is fitted to; half of them without it.",
        HelpName = "PART",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_within, _atLeast, _confidence, _keptBack];

    /// <summary>The promise; null where there is none.</summary>
    /// <exception cref="UsageException">The options make no sense together, or a number is out of range.</exception>
    public QualityTarget? Read(ParseResult options)
    {
        (double? within, double? atLeast) = (options.GetValue(_within), options.GetValue(_atLeast));
        (double? confidence, double? keptBack) = (options.GetValue(_confidence), options.GetValue(_keptBack));
        if (within is null && atLeast is null)
        {
            return confidence is null && keptBack is null
                ? null
                : throw new UsageException($"{(confidence is null ? "--kept-back" : "--confidence")} belongs to --within or --at-least.");
        }

        if (within is not null && atLeast is not null)
        {
            throw new UsageException("--within and --at-least are two promises; give one.");
        }

        try
        {
            return within is { } points
                ? QualityTarget.WithinLargest(points, confidence ?? UsualConfidence, keptBack ?? UsualKeptBack)
                : QualityTarget.AtLeast(atLeast!.Value, confidence ?? UsualConfidence, keptBack ?? UsualKeptBack);
        }
        catch (ArgumentOutOfRangeException problem)
        {
            throw new UsageException(problem.Message.Split(" (Parameter")[0]);
        }
    }
}
