using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>A router that was saved.</summary>
/// <param name="Options">The options of the fit: <see cref="SavedOptions"/>.</param>
/// <param name="Resolutions">The resolutions, with their models.</param>
/// <param name="Scorer">The router at work; owns sessions.</param>
/// <param name="Images">What the image column holds.</param>
/// <param name="Fitted">What it can be retargeted to.</param>
/// <param name="PromiseRows">Rows that a promise was tested on; 0 without one.</param>
/// <param name="PromiseTests">The tests of a promise; none without one.</param>
internal sealed record LoadedRouter(
    string Options,
    IReadOnlyList<Resolution> Resolutions,
    RoutedScorer Scorer,
    ImageForm Images,
    FittedRouter Fitted,
    int PromiseRows,
    IReadOnlyList<PromiseTest> PromiseTests)
{
    /// <summary>The promise of a target; null for none.</summary>
    /// <exception cref="InvalidDataException">There are tests without a target or a target without tests, or the first test does not support it.</exception>
    public QualityPromise? PromiseOf(QualityTarget? target)
    {
        const string Part = "the router's promise";
        Damage.Require(target is null == (PromiseTests.Count == 0), Part, $"it has {PromiseTests.Count} tests of {target?.ToString() ?? "nothing"}");
        if (target is null)
        {
            return null;
        }

        var promise = new QualityPromise(target, PromiseRows, PromiseTests);
        Damage.Require(PromiseTests[0].PValue <= promise.Level, Part, $"its first test has p = {PromiseTests[0].PValue}");
        return promise;
    }
}
