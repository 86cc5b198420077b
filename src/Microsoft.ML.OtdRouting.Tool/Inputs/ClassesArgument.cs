using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--classes</c>: the classes in the order of the models' outputs.</summary>
internal static class ClassesArgument
{
    /// <summary>The option.</summary>
    public static Option<string?> Option() => new("--classes")
    {
        Description = "Classes in the order of the models' outputs: names with commas between them, or a text file with one name a line. " +
            "Without it the labels in alphabetical order (numbers in theirs), or matched by what the models say where that leaves no doubt.",
        HelpName = "NAMES|FILE",
    };

    /// <summary>The names.</summary>
    /// <exception cref="DataException">A name is empty or comes twice.</exception>
    public static IReadOnlyList<string> Read(string text)
    {
        bool isFile = File.Exists(text);
        if (isFile)
        {
            InputFile.Require(text, "a text file with the name of one class a line");
        }

        string[] names = isFile ? [.. File.ReadAllLines(text).Select(l => l.Trim())] : text.Split(',', StringSplitOptions.TrimEntries);
        if (isFile)
        {
            names = [.. names.Reverse().SkipWhile(n => n.Length == 0).Reverse()];
        }

        int empty = Array.IndexOf(names, "");
        if (empty >= 0 || names.Length == 0)
        {
            throw new DataException($"--classes {text}: name {Math.Max(empty, 0) + 1} is empty; expected the name of a class.");
        }

        string? twice = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? names : throw new DataException($"--classes {text}: '{twice}' comes twice; every class has a name of its own.");
    }
}
