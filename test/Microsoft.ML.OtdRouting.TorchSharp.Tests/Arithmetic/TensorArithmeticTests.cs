using Microsoft.ML.OtdRouting.Training.Arithmetic;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Arithmetic;

public class TensorArithmeticTests
{
    [Fact]
    public void Numbers_are_what_they_were_while_another_thread_collects_memory()
    {
        LibTorch.Require();
        using var stop = new CancellationTokenSource();
        var collecting = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collecting.Start();
        try
        {
            using var one = tensor(new float[] { 1, 1, 1, 1 });
            // The loss of a number shows when calls have become fast, after some thousands of them.
            for (var i = 0; i < 30_000; i++)
            {
                using var scope = NewDisposeScope();
                var sum = one.Plus(one.Times(3)).Plus(one, 0.5).Plus(2);
                sum.Add(one, 0.25);
                sum.Multiply(4);
                Assert.Equal(27, sum.max().Value());
            }
        }
        finally
        {
            stop.Cancel();
            collecting.Join();
        }
    }
}
