using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Asks for memory a little ahead of its use, from the beginning of a span to its end. Images that wait to be resized are in no cache, and mixing rows
/// jumps between them, which hides from the processor what is read next: without this the resizer waits for memory more than it computes.
/// </summary>
internal ref struct MemoryAhead
{
    /// <summary>Floats of a line of cache, which comes as a whole.</summary>
    private const int Line = 16;

    private readonly ReadOnlySpan<float> _memory;
    private int _next;

    /// <summary>Nothing is asked for yet.</summary>
    public MemoryAhead(ReadOnlySpan<float> memory) => _memory = memory;

    /// <summary>Asks for what has not been asked for yet, up to a position that may lie behind the end. Does nothing on machines without the instruction.</summary>
    public unsafe void AskTo(int end)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        end = Math.Min(end, _memory.Length);
        fixed (float* memory = _memory)
        {
            for (; _next < end; _next += Line)
            {
                Sse.Prefetch0(memory + _next);
            }
        }
    }
}
