using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Models;

public class FashionModelCostTests
{
    [Theory]
    [InlineData(10, 5.37)]
    [InlineData(14, 10.15)]
    [InlineData(20, 18.96)]
    [InlineData(28, 37.16)]
    public void Shipped_models_cost_what_their_architecture_says(int size, double readmeMillionMultiplyAdds)
    {
        var convolutions = ConvolutionMultiplyAdds(size);
        Assert.Equal(readmeMillionMultiplyAdds, convolutions / 1e6, 0.005);

        var cost = FlopCounter.Count(FashionPictures.ModelFile(size), "image", [1, 3, size, size]);

        const int lastLayer = 128 * 10;
        Assert.Equal(2.0 * (convolutions + lastLayer), cost.Flops);
    }

    /// <summary>
    /// A residual network of eight layers on one grey channel: a stem of 32 filters, then three blocks of two convolutions of 3 x 3, of which the
    /// second and third halve the size, double the width, and have a shortcut of 1 x 1.
    /// </summary>
    private static long ConvolutionMultiplyAdds(int size)
    {
        var half = (size + 1) / 2;
        var quarter = (half + 1) / 2;
        long stem = Convolution(size, 1, 32, 3);
        long first = 2 * Convolution(size, 32, 32, 3);
        long second = Convolution(half, 32, 64, 3) + Convolution(half, 64, 64, 3) + Convolution(half, 32, 64, 1);
        long third = Convolution(quarter, 64, 128, 3) + Convolution(quarter, 128, 128, 3) + Convolution(quarter, 64, 128, 1);
        return stem + first + second + third;
    }

    private static long Convolution(int outputSide, int inputs, int outputs, int kernel) =>
        (long)outputSide * outputSide * inputs * outputs * kernel * kernel;
}
