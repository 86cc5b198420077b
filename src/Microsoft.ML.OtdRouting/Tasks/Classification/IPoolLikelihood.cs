namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Negative log-likelihood of a <see cref="LogPool"/> on some rows, for fitting it. Not safe for concurrent use.</summary>
internal interface IPoolLikelihood
{
    /// <summary>Number of rows.</summary>
    int Rows { get; }

    /// <summary>Weight of all rows together.</summary>
    double Weight { get; }

    /// <summary>Number of parameters with or without Δ.</summary>
    int ParameterCount(bool mixing);

    /// <summary>Mean negative log-likelihood, without a penalty.</summary>
    double Mean(ReadOnlySpan<double> parameters);

    /// <summary>Mean negative log-likelihood plus <c>(‖v − 1/m‖² + π_b‖b‖² + π_Δ‖Δ‖²)/n</c>, with its gradient.</summary>
    /// <param name="parameters">v, b and perhaps Δ.</param>
    /// <param name="gradient">As long as <paramref name="parameters"/>.</param>
    /// <param name="penalty">π_b and π_Δ; an infinite π_b holds the bias at zero.</param>
    double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, PoolPenalty penalty);
}
