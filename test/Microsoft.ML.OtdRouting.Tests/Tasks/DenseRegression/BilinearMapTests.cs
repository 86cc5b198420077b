using Microsoft.ML.OtdRouting.Tasks.DenseRegression;
using Microsoft.ML.OtdRouting.Tests.Models;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.DenseRegression;

public class BilinearMapTests
{
    [Theory]
    [InlineData(3, 4, 12, 16)]
    [InlineData(5, 7, 12, 16)]
    [InlineData(1, 1, 3, 5)]
    [InlineData(4, 6, 4, 6)]
    [InlineData(9, 2, 4, 13)]
    public void Maps_become_what_the_operator_of_ONNX_makes_of_them(int height, int width, int toHeight, int toWidth)
    {
        var random = new Random(height);
        var source = Enumerable.Range(0, height * width).Select(_ => random.NextSingle()).ToArray();
        var expected = new TinyGraph()
            .Input("map", 1, 1, height, width)
            .Constant("none", [0])
            .Integers("sizes", 1, 1, toHeight, toWidth)
            .Node("Resize", ["map", "", "none", "sizes"], "resized", ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel"))
            .Output("resized")
            .Run("map", source, 1, 1, height, width)[0];
        var map = new BilinearMap(new DenseShape(height, width, 0), new DenseShape(toHeight, toWidth, 0));
        var found = new float[toHeight * toWidth];
        map.AddTo(source, 1, found);
        Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, 1e-5f));

        var sampled = new float[found.Length];
        map.Sample(source, Enumerable.Range(0, found.Length).ToArray(), sampled);
        Assert.Equal(found, sampled);

        var (rows, columns) = (map.Rows.ToMatrix(), map.Columns.ToMatrix());
        for (var i = 0; i < found.Length; i++)
        {
            var sum = 0f;
            for (var j = 0; j < source.Length; j++)
            {
                sum += rows[((i / toWidth) * height) + (j / width)] * source[j] * columns[((i % toWidth) * width) + (j % width)];
            }

            Assert.Equal(expected[i], sum, 1e-5f);
        }
    }
}
