using System.Text.Json.Nodes;

namespace Microsoft.ML.OtdRouting.Tool.Examinations;

/// <summary>Looks at models, each by itself and all together.</summary>
internal static class ModelExamination
{
    /// <summary>Describes the models that open; what keeps them from being routed between is a problem.</summary>
    /// <param name="diagnosis">Takes what is found.</param>
    /// <param name="context">The context.</param>
    /// <param name="resolutions">The resolutions of the router that is to be fitted.</param>
    /// <param name="classes">The classes in the order of the models' outputs; null where they are not given.</param>
    /// <param name="background">The output that is no class; null for none.</param>
    public static void Run(Diagnosis diagnosis, MLContext context, IReadOnlyList<Resolution> resolutions, IReadOnlyList<string>? classes, int? background)
    {
        List<ResolutionDescription> opened = [];
        foreach (Resolution resolution in resolutions)
        {
            try
            {
                opened.Add(context.OtdRouting().Describe(resolution));
            }
            catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException or UnauthorizedAccessException)
            {
                diagnosis.Problems.Add(e.Message.ReplaceLineEndings(" "));
            }
        }

        if (opened.Count > 0)
        {
            CountClasses(diagnosis, opened, background, classes);
        }

        try
        {
            context.OtdRouting().RequireOneGraph([.. opened.Select(d => d.Resolution)]);
        }
        catch (NotSupportedException e)
        {
            diagnosis.Problems.Add($"A router between these models cannot be saved: {e.Message}");
        }

        if (opened.GroupBy(d => d.Resolution.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            diagnosis.Problems.Add($"Size {twice.Key} is there {twice.Count()} times ({Files(twice)}); a router takes every size once.");
        }

        if (resolutions.Count == 1)
        {
            diagnosis.Notes.Add("There is one model; routing needs at least two resolutions to choose from.");
        }

        foreach (ResolutionDescription description in opened.Where(d => !d.HasFreeBatch))
        {
            diagnosis.Notes.Add($"{description.Resolution.ModelFile} takes one image a run: export it with a free batch axis to score several at once.");
        }

        if (opened.MinBy(d => d.Flops) is { EmbeddingName: null } cheapest && opened.Count > 1)
        {
            diagnosis.Notes.Add($"{cheapest.Resolution.ModelFile} has no output 'embedding': with one, the router knows more of an image.");
        }
    }

    /// <summary>Describes the models with their classes, which are their outputs without a background.</summary>
    private static void CountClasses(Diagnosis diagnosis, List<ResolutionDescription> opened, int? background, IReadOnlyList<string>? classes)
    {
        int longest = opened.Max(d => d.OutputLength);
        int count = longest - (background is null ? 0 : 1);
        foreach (ResolutionDescription description in opened)
        {
            diagnosis.Models.Add(Json(description, Math.Min(description.OutputLength, count)));
        }

        string hint = background is null ? "; if one output of a model is a background, which is no class, --background names it" : "";
        if (opened.Any(d => d.OutputLength < count))
        {
            diagnosis.Problems.Add(
                $"The models differ in the number of classes ({string.Join(", ", opened.Select(d => $"{d.Resolution.ModelFile}: {d.OutputLength}"))}); " +
                $"a router needs models of the same classes{(opened.Min(d => d.OutputLength) == count - 1 ? hint : "")}.");
        }
        else if (classes is not null && classes.Count != count)
        {
            diagnosis.Problems.Add(
                $"--classes has {classes.Count} names, the models have {count} classes{(background is null ? "" : " besides the background")}" +
                $"{(classes.Count == count - 1 ? hint : "")}.");
        }
    }

    private static string Files(IEnumerable<ResolutionDescription> models) => string.Join(", ", models.Select(d => d.Resolution.ModelFile));

    private static JsonObject Json(ResolutionDescription description, int classes) => new()
    {
        ["model"] = description.Resolution.ModelFile,
        ["size"] = description.Resolution.Name,
        ["height"] = description.Resolution.Height,
        ["width"] = description.Resolution.Width,
        ["opset"] = description.Opset,
        ["input"] = description.InputName,
        ["output"] = description.OutputName,
        ["classes"] = classes,
        ["embedding"] = description.EmbeddingLength,
        ["freeBatch"] = description.HasFreeBatch,
        ["flops"] = description.Flops,
        ["parameters"] = description.Parameters,
    };
}
