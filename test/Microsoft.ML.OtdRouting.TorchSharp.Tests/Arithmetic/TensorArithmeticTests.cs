using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Arithmetic;

[Collection(TorchState.Name)]
public class TensorArithmeticTests
{
    [Fact]
    public void Numbers_live_until_they_are_used_while_another_thread_collects()
    {
        LibTorch.Require();
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var scope = NewDisposeScope();
            var parameter = new Parameter(zeros(4));
            using var descent = new AdamDescent([parameter]);
            for (var round = 0; round < 3000; round++)
            {
                using var inner = NewDisposeScope();
                var x = tensor(new float[] { -2, -1, 1, 2 });
                var y = x.Times(3).Plus(1).Plus(x, 2).Clamp(-7, 7);
                Assert.Equal([-7f, -4f, 6f, 7f], y.data<float>().ToArray());
                Assert.Equal([-0.5f, -0.25f, 1f, 2f], x.LeakyRelu(0.25).data<float>().ToArray());
                Assert.Equal([1f, 2f], x.Elu(1).data<float>().ToArray()[2..]);
                y.Multiply(0.5);
                y.Add(x, 4);
                Assert.Equal([-11.5f, -6f, 7f, 11.5f], y.data<float>().ToArray());
                parameter.sum().backward();
                descent.Step(0.001);
                Assert.Equal(-0.001f * (round + 1), parameter.data<float>()[0], 1e-3f);
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
