using Microsoft.ML.Runtime;

namespace Microsoft.ML.OtdRouting;

/// <summary>Where a router's messages go: <see cref="MLContext.Log"/> when it was made through a context, nowhere otherwise.</summary>
internal sealed class RouterLog(IHostEnvironment? environment)
{
    private const string Source = "OtdRouting";

    public void Info(string message) => Send(channel => channel.Info(MessageSensitivity.None, "{0}", message));

    public void Warning(string message) => Send(channel => channel.Warning(MessageSensitivity.None, "{0}", message));

    private void Send(Action<IChannel> send)
    {
        if (environment is null)
        {
            return;
        }

        using var channel = environment.Register(Source).Start(Source);
        send(channel);
    }
}
