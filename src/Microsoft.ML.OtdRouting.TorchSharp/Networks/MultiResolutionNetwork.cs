using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>
/// A network that is trained at several input sizes at once. The backbones are such networks, and a module of your own is one: it computes what TorchSharp trains,
/// and writes the same as an ONNX graph. Both are held against each other when files are written.
/// </summary>
/// <remarks>
/// All parameters of type float are trained that the module has registered and that ask for a gradient. What it holds as a buffer is kept in checkpoints. What it draws
/// at random, such as dropout, should come from TorchSharp's generator, whose state is kept, too.
/// TorchSharp 0.107 makes an object of every number in arithmetic, of the factor 1 of a plain <c>x + y</c> too, and may free it while it is used when another thread allocates.
/// In <see cref="Forward"/> give such operators a number that you hold: <c>x.add(y, _one)</c> with a field of type <c>Scalar</c>.
/// </remarks>
public abstract class MultiResolutionNetwork : nn.Module
{
    /// <summary>A network.</summary>
    /// <param name="name">Name of the module.</param>
    /// <param name="sizes">Sizes of its input, ascending; at least one.</param>
    /// <param name="outputs">Numbers of an answer, as <see cref="Outputs"/> has it; at least 1.</param>
    /// <exception cref="ArgumentException">There is no size, or no output.</exception>
    protected MultiResolutionNetwork(string name, IReadOnlyList<InputSize> sizes, int outputs)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        if (sizes.Count == 0)
        {
            throw new ArgumentException("There are no sizes; expected at least one.", nameof(sizes));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        Sizes = [.. sizes];
        Outputs = outputs;
    }

    /// <summary>Sizes of the input, ascending.</summary>
    public IReadOnlyList<InputSize> Sizes { get; }

    /// <summary>Numbers of an answer: the classes of a classifier; where every position has an answer, numbers of each.</summary>
    public int Outputs { get; }

    /// <summary>
    /// How the losses of the sizes are joined to the loss of a step: true for their mean, which suits weights that all sizes share; false for their sum, where every size
    /// has weights of its own and is to learn as if it were alone.
    /// </summary>
    public virtual bool SharesWeights => true;

    /// <summary>Computes answers and embeddings of a batch.</summary>
    /// <param name="images">Float [batch, 3, height, width]: planes of red, green and blue, 0..255.</param>
    /// <param name="resolution">Which of <see cref="Sizes"/> the images have.</param>
    public abstract NetworkOutput Forward(Tensor images, int resolution);

    /// <summary>Writes what <see cref="Forward"/> computes, as it is after training (not <see cref="nn.Module.training"/>), as ONNX nodes.</summary>
    /// <param name="graph">Takes nodes and constants.</param>
    /// <param name="image">Name of the input, float [batch, 3, height, width], 0..255. The batch is of any size.</param>
    /// <param name="resolution">Which of <see cref="Sizes"/> is written.</param>
    /// <returns>The tensors that are the outputs.</returns>
    public abstract NetworkGraphOutput Write(NetworkGraph graph, string image, int resolution);
}
