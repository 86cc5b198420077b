namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Cuts rows into chunks whose number and borders depend on the number of rows alone. Partial results are kept for each chunk and
/// combined in chunk order, which makes every sum the same bits for any number of threads.
/// </summary>
internal readonly struct RowChunks
{
    private const int _tile = 64;
    private const int _smallest = 1024;
    private const int _most = 256;

    public RowChunks(int rows)
    {
        Rows = rows;
        int size = Math.Max(_smallest, (int)((rows + (long)_most - 1) / _most));
        Size = (int)Math.Min((size + _tile - 1L) / _tile * _tile, int.MaxValue - _tile);
        Count = (int)((rows + (long)Size - 1) / Size);
    }

    public int Rows { get; }

    public int Size { get; }

    public int Count { get; }

    public int Start(int chunk) => (int)Math.Min((long)chunk * Size, Rows);

    public int End(int chunk) => (int)Math.Min((chunk + 1L) * Size, Rows);

    /// <summary>Runs the body for every chunk; small problems stay on the calling thread.</summary>
    public void Run(int threads, CancellationToken cancellationToken, Action<int> body)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int workers = threads > 0 ? threads : Environment.ProcessorCount;
        if (workers == 1 || Count == 1)
        {
            for (int chunk = 0; chunk < Count; chunk++)
            {
                body(chunk);
            }
        }
        else
        {
            Parallel.For(0, Count, new ParallelOptions { MaxDegreeOfParallelism = workers }, body);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
