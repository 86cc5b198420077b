using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Arithmetic;

/// <summary>
/// Arithmetic of tensors with numbers. TorchSharp's operators make an object of every number (of a plain sum, too, which has a factor of 1) and no longer hold it while its
/// native part is used: a collection that another thread causes at that moment frees it, and the operator fails or computes with something else. Here the number lives
/// until the result is there.
/// </summary>
internal static class TensorArithmetic
{
    /// <summary><c>left + factor · right</c>.</summary>
    public static Tensor Plus(this Tensor left, Tensor right, double factor = 1)
    {
        using Scalar alpha = factor;
        return left.add(right, alpha);
    }

    /// <summary><c>left + number</c>.</summary>
    public static Tensor Plus(this Tensor left, double number)
    {
        using Scalar value = number;
        using Scalar alpha = 1;
        return left.add(value, alpha);
    }

    /// <summary><c>factor · tensor</c>.</summary>
    public static Tensor Times(this Tensor tensor, double factor)
    {
        using Scalar value = factor;
        return tensor.mul(value);
    }

    /// <summary>The tensor with all that is below or above bounds brought to them.</summary>
    public static Tensor Clamp(this Tensor tensor, double least, double most)
    {
        using Scalar min = least;
        using Scalar max = most;
        return tensor.clamp(min, max);
    }

    /// <summary><c>x</c> where that is positive, elsewhere <c>slope · x</c>.</summary>
    public static Tensor LeakyRelu(this Tensor tensor, double slope)
    {
        using Scalar value = slope;
        return tensor.leaky_relu(value);
    }

    /// <summary><c>x</c> where that is positive, elsewhere <c>factor · (exp(x) − 1)</c>.</summary>
    public static Tensor Elu(this Tensor tensor, double factor)
    {
        using Scalar alpha = factor;
        using Scalar scale = 1;
        using Scalar inputScale = 1;
        return tensor.elu(alpha, scale, inputScale);
    }

    /// <summary>Adds <c>factor · right</c> in place.</summary>
    public static void Add(this Tensor left, Tensor right, double factor = 1)
    {
        using Scalar alpha = factor;
        left.add_(right, alpha);
    }

    /// <summary>Multiplies in place.</summary>
    public static void Multiply(this Tensor tensor, double factor)
    {
        using Scalar value = factor;
        tensor.mul_(value);
    }

    /// <summary>The value of a tensor of one float, wherever it is.</summary>
    public static float Value(this Tensor tensor) => tensor.cpu().data<float>()[0];

    /// <summary>The floats of a tensor, wherever it is, the last dimension fastest.</summary>
    public static float[] Values(this Tensor tensor) => tensor.detach().cpu().contiguous().data<float>().ToArray();
}
