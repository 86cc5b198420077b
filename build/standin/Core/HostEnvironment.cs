using System.Diagnostics;

namespace Microsoft.ML.Runtime;

/// <summary>
/// Names, log and random numbers of one component. Children are seeded by their parent, so a seeded context is reproducible.
/// </summary>
internal sealed class HostEnvironment : IHost
{
    private readonly Action<string, ChannelMessage> _log;

    public HostEnvironment(string name, int? seed, ComponentCatalog catalog, Action<string, ChannelMessage> log)
    {
        ContextDescription = name;
        Rand = seed.HasValue ? new Random(seed.Value) : new Random();
        ComponentCatalog = catalog;
        _log = log;
    }

    public Random Rand { get; }

    public ComponentCatalog ComponentCatalog { get; }

    public string ContextDescription { get; }

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        int childSeed;
        lock (Rand)
            childSeed = seed ?? Rand.Next();
        return new HostEnvironment(
            ContextDescription.Length == 0 ? name : $"{ContextDescription}; {name}", childSeed, ComponentCatalog, _log);
    }

    public IChannel Start(string name) => new Channel(this, name);

    public IPipe<TMessage> StartPipe<TMessage>(string name)
    {
        if (typeof(TMessage) == typeof(ChannelMessage))
            return (IPipe<TMessage>)Start(name);
        return new SilentPipe<TMessage>(name);
    }

    public IProgressChannel StartProgressChannel(string name) => new SilentProgress();

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    /// <summary>A channel traces its beginning and its end.</summary>
    private sealed class Channel : IChannel
    {
        private readonly HostEnvironment _host;
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private bool _isDisposed;

        public Channel(HostEnvironment host, string name)
        {
            _host = host;
            ContextDescription = host.ContextDescription.Length == 0 ? name : $"{host.ContextDescription}; {name}";
            Trace(MessageSensitivity.None, "Channel started");
        }

        public string ContextDescription { get; }

        public void Trace(MessageSensitivity sensitivity, string fmt) => Send(ChannelMessageKind.Trace, sensitivity, fmt);

        public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) =>
            Send(ChannelMessageKind.Trace, sensitivity, string.Format(fmt, args));

        public void Info(MessageSensitivity sensitivity, string fmt) => Send(ChannelMessageKind.Info, sensitivity, fmt);

        public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) =>
            Send(ChannelMessageKind.Info, sensitivity, string.Format(fmt, args));

        public void Warning(MessageSensitivity sensitivity, string fmt) => Send(ChannelMessageKind.Warning, sensitivity, fmt);

        public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) =>
            Send(ChannelMessageKind.Warning, sensitivity, string.Format(fmt, args));

        public void Error(MessageSensitivity sensitivity, string fmt) => Send(ChannelMessageKind.Error, sensitivity, fmt);

        public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) =>
            Send(ChannelMessageKind.Error, sensitivity, string.Format(fmt, args));

        public void Send(ChannelMessage msg) => _host._log(ContextDescription, msg);

        public TException Process<TException>(TException ex)
            where TException : Exception => ex;

        public void Dispose()
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            Trace(MessageSensitivity.None, $"Channel finished. Elapsed {_watch.Elapsed:c}.");
            Trace(MessageSensitivity.None, "Channel disposed");
        }

        private void Send(ChannelMessageKind kind, MessageSensitivity sensitivity, string text) =>
            Send(new ChannelMessage(kind, sensitivity, text));
    }

    private sealed class SilentPipe<TMessage>(string name) : IPipe<TMessage>
    {
        public string ContextDescription => name;

        public void Send(TMessage msg)
        {
        }

        public TException Process<TException>(TException ex)
            where TException : Exception => ex;

        public void Dispose()
        {
        }
    }

    /// <summary>ML.NET shows progress on no public channel of its own, so the stand-in does not collect it.</summary>
    private sealed class SilentProgress : IProgressChannel
    {
        public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction)
        {
        }

        public void Checkpoint(params double?[] values)
        {
        }

        public IProgressChannel StartProgressChannel(string name) => new SilentProgress();

        public void Dispose()
        {
        }
    }
}
