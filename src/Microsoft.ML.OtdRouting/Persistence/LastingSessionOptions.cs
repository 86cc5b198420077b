using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// Keeps the session options of ML.NET's ONNX transformers alive while their models are opened. ML.NET 5.0.1 holds them no longer than until the
/// call of ONNX Runtime, which goes on reading them: a garbage collection in that moment frees them, and the process ends in a segmentation fault.
/// </summary>
internal sealed class LastingSessionOptions : IDisposable
{
    private static readonly ConditionalWeakTable<MLContext, LastingSessionOptions> Open = [];

    private readonly MLContext _context;
    private readonly List<SessionOptions> _kept = [];
    private int _users;

    private LastingSessionOptions(MLContext context) => _context = context;

    /// <summary>Keeps the options of all models that a context opens, until what is returned is disposed.</summary>
    /// <param name="context">The context; left alone if it has session options of the user's own, or uses a GPU.</param>
    public static IDisposable? In(MLContext context)
    {
        lock (Open)
        {
            if (!Open.TryGetValue(context, out var lasting))
            {
                if (context.GpuDeviceId is not null || context.GetOnnxSessionOption() is not null)
                {
                    return null;
                }

                lasting = new LastingSessionOptions(context);
                Open.Add(context, lasting);
                context.SetOnnxSessionOption(new OnnxSessionOptions { CreateSessionOptions = lasting.Create });
            }

            lasting._users++;
            return lasting;
        }
    }

    public void Dispose()
    {
        lock (Open)
        {
            if (--_users > 0)
            {
                return;
            }

            // Null is what a context has before somebody sets options.
            _context.SetOnnxSessionOption(null!);
            Open.Remove(_context);
        }

        _kept.ForEach(o => o.Dispose());
    }

    private SessionOptions Create()
    {
        var options = new SessionOptions();
        // ML.NET writes the model to a temporary file of a random name, and one name in 32,768 ends in .ort: without this, ONNX Runtime takes the file
        // for one of its own format.
        options.AddSessionConfigEntry("session.load_model_format", "ONNX");
        lock (_kept)
        {
            _kept.Add(options);
        }

        return options;
    }
}
