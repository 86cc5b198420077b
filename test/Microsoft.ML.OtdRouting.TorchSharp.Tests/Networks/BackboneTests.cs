using System.Numerics.Tensors;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Trainer;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Networks;

/// <summary>Every backbone: what it computes is what it writes, and how large it is.</summary>
[Collection(TorchState.Name)]
public class BackboneTests
{
    public static TheoryData<Backbone, bool> All
    {
        get
        {
            var data = new TheoryData<Backbone, bool>();
            foreach (var backbone in Enum.GetValues<Backbone>())
            {
                data.Add(backbone, false);
                data.Add(backbone, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_written_is_what_is_computed(Backbone backbone, bool separate)
    {
        using var network = Create(backbone, [14, new InputSize(20, 33)], width: 8, separate);
        RequireWritten(network);
    }

    [Theory]
    [InlineData(Backbone.ResNet8)]
    [InlineData(Backbone.VisionTransformer)]
    public void Answers_for_embeddings_are_cosines_to_proxies(Backbone backbone)
    {
        using var network = Create(backbone, [14, new InputSize(20, 33)], width: 8, objective: new EmbeddingObjective { Temperature = 0.05 });
        RequireWritten(network);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var output = network.Forward(rand(5, 3, 14, 14).Times(255), 0);
        Assert.All(output.Answer.Values(), a => Assert.InRange(a, -20.001f, 20.001f));
        // The same again from the embedding and the rows of the last layer.
        var proxies = network.named_parameters().Single(p => p.name.StartsWith("last", StringComparison.Ordinal)).parameter;
        var (length, rows) = ((int)proxies.shape[1], proxies.Values());
        var embeddings = output.Embedding.Values();
        for (var image = 0; image < 5; image++)
        {
            for (var proxy = 0; proxy < 10; proxy++)
            {
                var cosine = TensorPrimitives.CosineSimilarity(embeddings.AsSpan(image * length, length), rows.AsSpan(proxy * length, length));
                Assert.Equal(20 * cosine, output.Answer.Values()[(image * 10) + proxy], 1e-3f);
            }
        }
    }

    private static void RequireWritten(MultiResolutionNetwork network)
    {
        using var scope = NewDisposeScope();
        // Normalisations that have seen something, another thing at each size.
        network.train();
        for (var size = 0; size < 2; size++)
        {
            for (var batch = 0; batch < 8; batch++)
            {
                network.Forward(rand(4, 3, network.Sizes[size].Height, network.Sizes[size].Width) * (size == 0 ? 255 : 80), size);
            }
        }

        network.eval();
        for (var size = 0; size < 2; size++)
        {
            var (height, width) = (network.Sizes[size].Height, network.Sizes[size].Width);
            var random = new Random(size);
            foreach (var images in new[] { 1, 3 })
            {
                var batch = new TrainingBatch(network.Sizes, images, 1) { Count = images };
                for (var i = 0; i < batch.Pixels[size].Length; i++)
                {
                    batch.Pixels[size][i] = 255 * random.NextSingle();
                }

                using var off = no_grad();
                var output = network.Forward(tensor(batch.Pixels[size], [images, 3, height, width]), size);
                Assert.Equal([images, 10], output.Answer.shape);
                Assert.Equal(2, output.Embedding.ndim);
                Assert.True(output.Answer.std().Value() > 1e-3);
                var scored = new ScoredBatch(output.Answer.Values(), [10], output.Embedding.Values(), output.Embedding.shape[1..]);
                var model = NetworkExport.Write(network, size, scored, "logits", FashionPictures.ClassNames).ToByteArray();
                NetworkExport.RequireSame(model, batch, size, network.Sizes[size], scored, "logits");
                // The comparison sees what is not the same.
                scored.Answer[0] += 0.01f * Math.Max(1, scored.Answer.Max(Math.Abs));
                Assert.Throws<NotSupportedException>(() => NetworkExport.RequireSame(model, batch, size, network.Sizes[size], scored, "logits"));
            }
        }
    }

    [Theory]
    [InlineData(Backbone.ResNet8, 78_042, 672)]
    [InlineData(Backbone.ResNet10, 693_634, 2_160)]
    public void A_further_size_costs_its_normalisations_alone(Backbone backbone, int ofOne, int ofAnother)
    {
        using var one = Create(backbone, [28], null);
        using var four = Create(backbone, [10, 14, 20, 28], null);
        using var separate = Create(backbone, [14, 28], null, separate: true);
        Assert.Equal(ofOne, Count(one));
        Assert.Equal(ofOne + (3 * ofAnother), Count(four));
        Assert.Equal(2 * ofOne, Count(separate));
    }

    [Fact]
    public void The_network_of_8_layers_in_twice_the_width_costs_what_the_shipped_ones_cost()
    {
        using var folder = new ScratchFolder();
        using var network = Create(Backbone.ResNet8, [10, 28], 32);
        network.eval();
        for (var size = 0; size < 2; size++)
        {
            var side = network.Sizes[size].Height;
            File.WriteAllBytes(folder.File("net.onnx"), NetworkExport.Write(network, size, new ScoredBatch([], [10], [], [128]), "logits", FashionPictures.ClassNames).ToByteArray());
            var cost = FlopCounter.Count(folder.File("net.onnx"), "image", [1, 3, side, side]);
            var shipped = FlopCounter.Count(FashionPictures.ModelFile(side), "image", [1, 3, side, side]);
            // Those average colours to grey first, so their stem has one channel in place of three: 2 * 9 * 32 products more at each pixel.
            Assert.Equal(shipped.Flops + (2.0 * 2 * 9 * 32 * side * side), cost.Flops, 0.001 * cost.Flops);
        }
    }

    [Fact]
    public void Sizes_have_normalisations_of_their_own()
    {
        using var network = Create(Backbone.VisionTransformer, [8, 12], 8);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var images = Enumerable.Range(0, 2).Select(size => rand(4, 3, network.Sizes[size].Height, network.Sizes[size].Width).Times(255)).ToList();
        float[][] Answers()
        {
            network.eval();
            return [.. Enumerable.Range(0, 2).Select(size => network.Forward(images[size], size).Answer.data<float>().ToArray())];
        }

        var before = Answers();
        network.train();
        network.Forward(images[1], 1);
        var after = Answers();
        Assert.Equal(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
    }

    private static long Count(MultiResolutionNetwork network) => network.parameters().Sum(p => p.numel());

    private static MultiResolutionNetwork Create(Backbone backbone, InputSize[] sizes, int? width, bool separate = false, TrainingObjective? objective = null)
    {
        LibTorch.Require();
        set_num_threads(1);
        manual_seed(1);
        var options = new TrainingOptions { Backbone = backbone, SeparateNetworks = separate, Objective = objective ?? new ClassificationObjective() };
        return TrainingRun.Create(options, new NetworkSettings(sizes, 10, width, [120, 110, 100], [60, 61, 62]));
    }
}
