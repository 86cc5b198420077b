using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;

namespace Microsoft.ML.OtdRouting.Training.Tests;

public class LibTorchTests
{
    [Fact]
    public void Libtorch_loads_and_computes()
    {
        LibTorch.Require();
        using var ones = torch.ones(2, 3);
        Assert.Equal(6, ones.sum().Value());
    }

    [Fact]
    public void A_runtime_that_is_too_old_is_named()
    {
        const string Message = "/app/libLibTorchSharp.so: /lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)\n" +
            "LibTorchSharp.so: cannot open shared object file: No such file or directory";
        var text = LibTorch.Explain([("LibTorchSharp", Message)], "linux-x64");
        Assert.Contains("GLIBCXX_3.4.32", text);
        Assert.Contains("Debian 12", text);
    }

    [Fact]
    public void A_missing_package_is_named()
    {
        const string Message = "Unable to load shared library 'torch_cpu' or one of its dependencies.\n/app/torch_cpu.so: cannot open shared object file: No such file or directory\n" +
            "libtorch_cpu.so: cannot open shared object file: No such file or directory";
        var text = LibTorch.Explain([("torch_cpu", Message), ("LibTorchSharp", "libtorch_cpu.so: cannot open shared object file: No such file or directory")], "linux-x64");
        Assert.Contains("libtorch-cpu-linux-x64", text);
    }

    [Fact]
    public void A_library_of_the_system_that_is_missing_is_named() =>
        Assert.Contains("libgomp.so.1", LibTorch.Explain([("torch_cpu", "libgomp.so.1: cannot open shared object file: No such file or directory")], "linux-x64"));
}
