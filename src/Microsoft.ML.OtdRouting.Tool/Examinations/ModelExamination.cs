using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;

namespace Microsoft.ML.OtdRouting.Tool.Examinations;

/// <summary>Looks at models, each by itself and all together.</summary>
internal static class ModelExamination
{
    /// <summary>Describes the models that open; what keeps them from being routed between is a problem.</summary>
    public static void Run(Diagnosis diagnosis, MLContext context, IReadOnlyList<ModelArgument> models)
    {
        List<ResolutionDescription> opened = [];
        foreach (ModelArgument model in models)
        {
            try
            {
                ResolutionDescription description = context.OtdRouting().Describe(model.ToResolution(ImagePreprocessing.None));
                opened.Add(description);
                diagnosis.Models.Add(Json(description));
            }
            catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException or UnauthorizedAccessException)
            {
                diagnosis.Problems.Add(e.Message.ReplaceLineEndings(" "));
            }
        }

        if (opened.Select(d => d.OutputLength).Distinct().Count() > 1)
        {
            diagnosis.Problems.Add(
                $"The models differ in the number of classes ({string.Join(", ", opened.Select(d => $"{d.Resolution.ModelFile}: {d.OutputLength}"))}); a router needs models of the same classes.");
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

        if (models.Count == 1)
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

    private static string Files(IEnumerable<ResolutionDescription> models) => string.Join(", ", models.Select(d => d.Resolution.ModelFile));

    private static JsonObject Json(ResolutionDescription description) => new()
    {
        ["model"] = description.Resolution.ModelFile,
        ["size"] = description.Resolution.Name,
        ["height"] = description.Resolution.Height,
        ["width"] = description.Resolution.Width,
        ["opset"] = description.Opset,
        ["input"] = description.InputName,
        ["output"] = description.OutputName,
        ["classes"] = description.OutputLength,
        ["embedding"] = description.EmbeddingLength,
        ["freeBatch"] = description.HasFreeBatch,
        ["flops"] = description.Flops,
        ["parameters"] = description.Parameters,
    };
}
