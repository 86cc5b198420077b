namespace Microsoft.ML.OtdRouting;

/// <summary>A promise that a router was fitted to, and the tests that support it.</summary>
/// <param name="Target">What was promised.</param>
/// <param name="Rows">Rows that were kept back and tested on; those whose truth is known.</param>
/// <param name="Tests">
/// The budgets that were tested, in the order of the tests: from that of the largest resolution down. All passed but the last one, unless the least that was to be
/// tested passed too.
/// </param>
public sealed record QualityPromise(QualityTarget Target, int Rows, IReadOnlyList<PromiseTest> Tests)
{
    /// <summary>The smallest budget that passed, in the router's unit of cost: the one that the router keeps to.</summary>
    public double Budget => Tested.Budget;

    /// <summary>The test of <see cref="Budget"/>.</summary>
    public PromiseTest Tested => Tests.Last(t => t.PValue <= Level);

    /// <summary>The level of every test: one minus the confidence.</summary>
    public double Level => 1 - Target.Confidence;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Target}: tested on {Rows} images that were kept back, {(Tests.Count == 1 ? "1 budget" : $"{Tests.Count} budgets")}; {Tested}";
}
