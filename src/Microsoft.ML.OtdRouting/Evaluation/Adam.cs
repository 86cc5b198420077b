namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Stochastic gradient steps with running moments (Kingma and Ba 2015, "Adam").</summary>
internal sealed class Adam(int size)
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;

    private readonly float[] _first = new float[size];
    private readonly float[] _second = new float[size];
    private int _steps;

    public void Step(Span<float> parameters, ReadOnlySpan<float> gradient, double rate)
    {
        _steps++;
        var size = (float)(rate * Math.Sqrt(1 - Math.Pow(SecondDecay, _steps)) / (1 - Math.Pow(FirstDecay, _steps)));
        for (var i = 0; i < parameters.Length; i++)
        {
            _first[i] += (float)(1 - FirstDecay) * (gradient[i] - _first[i]);
            _second[i] += (float)(1 - SecondDecay) * ((gradient[i] * gradient[i]) - _second[i]);
            parameters[i] -= size * _first[i] / (MathF.Sqrt(_second[i]) + 1e-8f);
        }
    }
}
