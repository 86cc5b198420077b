using System.Runtime.ExceptionServices;

namespace Microsoft.ML.OtdRouting.Concurrency;

/// <summary>Runs pieces of work on several threads, the caller's among them, each piece when a thread is free. Who takes which piece is not fixed.</summary>
internal static class SideBySide
{
    /// <summary>Runs all pieces; an error stops what has not begun.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="degree">Threads, at most.</param>
    /// <param name="piece">Does one piece, by its number.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public static void Run(int count, int degree, Action<int> piece, CancellationToken cancellationToken)
    {
        var threads = Math.Min(count, degree);
        if (threads <= 1)
        {
            for (var i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                piece(i);
            }

            return;
        }

        var next = -1;
        void Work()
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                try
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    piece(i);
                }
                catch
                {
                    Volatile.Write(ref next, count);
                    throw;
                }
            }
        }

        var others = new Task[threads - 1];
        for (var t = 0; t < others.Length; t++)
        {
            others[t] = Task.Run(Work, CancellationToken.None);
        }

        Exception? error = null;
        try
        {
            Work();
        }
        catch (Exception e)
        {
            // Thrown below, when nobody works on what the caller owns any more.
            error = e;
        }

        try
        {
            Task.WaitAll(others, CancellationToken.None);
        }
        catch (AggregateException e)
        {
            error ??= e.InnerExceptions[0];
        }

        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }
}
