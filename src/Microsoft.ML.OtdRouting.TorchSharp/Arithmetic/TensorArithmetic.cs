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

    /// <summary>The value of a tensor of one float.</summary>
    public static float Value(this Tensor tensor) => tensor.data<float>()[0];
}
