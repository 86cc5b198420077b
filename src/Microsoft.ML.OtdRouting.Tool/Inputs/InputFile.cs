using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>Files that commands read.</summary>
internal static class InputFile
{
    /// <summary>Throws where there is nothing to read, or nothing that ends.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for the message.</param>
    /// <exception cref="DataException">There is no such file, or it is empty, a pipe or a device.</exception>
    public static void Require(string path, string expected)
    {
        if (!File.Exists(path))
        {
            throw new DataException($"{path} does not exist; expected {expected}.");
        }

        if (RegularFile.IsEmptyOrSpecial(path))
        {
            throw new DataException($"{path} is empty, or no regular file; expected {expected}.");
        }
    }
}
