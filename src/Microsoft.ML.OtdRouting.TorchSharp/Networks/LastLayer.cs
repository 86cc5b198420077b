using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>
/// What makes answers of embeddings: a matrix and a bias, or, where images are to be found by their embeddings, the cosine to a proxy of each class, divided by a
/// temperature (Zhai and Wu 2019, "Classification is a strong baseline for deep metric learning").
/// </summary>
internal sealed class LastLayer : nn.Module
{
    /// <summary>Keeps the direction of nothing from being no number.</summary>
    private const double LeastSquare = 1e-20;

    private readonly Linear _linear;
    private readonly double? _temperature;

    /// <param name="linear">The layer; of cosines its rows are the proxies, and it has no bias.</param>
    /// <param name="temperature">What cosines are divided by; null for the layer as it is.</param>
    public LastLayer(Linear linear, double? temperature)
        : base(nameof(LastLayer))
    {
        _linear = linear;
        _temperature = temperature;
        register_module("last", linear);
    }

    /// <summary>The layer of a network.</summary>
    /// <param name="width">Length of its embeddings.</param>
    /// <param name="settings">What it is made for.</param>
    public static LastLayer Of(int width, NetworkSettings settings) =>
        new(nn.Linear(width, settings.Outputs, hasBias: settings.ProxyTemperature is null), settings.ProxyTemperature);

    public Tensor Forward(Tensor embedding) => _temperature is { } temperature
        ? Unit(embedding).matmul(Unit(_linear.weight!).t()).Times(1 / temperature)
        : _linear.call(embedding);

    /// <summary>Adds the layer.</summary>
    public string Write(NetworkGraph graph, string embedding)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        return _temperature is { } temperature
            ? graph.Node("MatMul", [graph.Node("LpNormalization", [embedding], new GraphAttribute("axis", 1), new GraphAttribute("p", 2)), graph.Constant(Unit(_linear.weight!).t().Times(1 / temperature))])
            : graph.Linear(embedding, _linear.weight!, _linear.bias!);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _linear.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Rows of length 1.</summary>
    private static Tensor Unit(Tensor rows) => rows.div(rows.mul(rows).sum([1], keepdim: true).Plus(LeastSquare).sqrt());
}
