using Microsoft.ML.Runtime;

namespace Microsoft.ML.OtdRouting;

/// <summary>What a router has of the context that it was made through, if it was: <see cref="MLContext.Log"/> and the seed.</summary>
internal sealed class RouterContext
{
    private const string Source = "OtdRouting";

    private readonly IHost? _host;

    /// <param name="environment">The context; null for none.</param>
    public RouterContext(IHostEnvironment? environment) => _host = environment?.Register(Source);

    /// <summary>A seed that follows from that of the context; 0 without one.</summary>
    public int DrawSeed() => _host?.Rand.Next() ?? 0;

    public void Info(string message) => Send(channel => channel.Info(MessageSensitivity.None, "{0}", message));

    public void Warning(string message) => Send(channel => channel.Warning(MessageSensitivity.None, "{0}", message));

    private void Send(Action<IChannel> send)
    {
        if (_host is null)
        {
            return;
        }

        using var channel = _host.Start(Source);
        send(channel);
    }
}
