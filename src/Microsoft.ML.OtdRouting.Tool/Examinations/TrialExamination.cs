using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Examinations;

/// <summary>Tries the models on a few images: whether preprocessing, outputs and classes fit together.</summary>
internal static class TrialExamination
{
    private const int MostImages = 64;

    /// <summary>With fewer images, models that are no better than guessing may just have had bad luck.</summary>
    private const int EnoughImages = 30;

    /// <summary>Guessing would be right that often at most this rarely.</summary>
    private const double MostChance = 0.01;

    /// <summary>Scores the images; what a fit would refuse, and models that only guess, are problems.</summary>
    /// <param name="diagnosis">Takes what is found.</param>
    /// <param name="console">Shows how it gets on.</param>
    /// <param name="context">The context.</param>
    /// <param name="router">The router that is to be fitted.</param>
    /// <param name="list">The images, all of them readable.</param>
    /// <param name="classes">The classes in the order of the models' outputs; null where they are not given.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static void Run(
        Diagnosis diagnosis, ToolConsole console, MLContext context, OtdResolutionRouter.Options router, ImageList list, IReadOnlyList<string>? classes,
        CancellationToken cancellation)
    {
        ImageList few = list.Shuffled().Take(MostImages);
        IReadOnlyList<string> keys = classes ?? list.Labels;
        IReadOnlyList<ResolutionTrial> trials;
        try
        {
            trials = console.Track("Trying the models", few.Images.Count, progress =>
                context.OtdRouting().Try(router, few.ToView(context, keys, progress, cancellation)));
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or InvalidOperationException)
        {
            diagnosis.Problems.Add(e.Message.ReplaceLineEndings(" "));
            return;
        }

        foreach (ResolutionTrial trial in trials)
        {
            diagnosis.Trials.Add(Json(trial));
        }

        if (classes is null)
        {
            diagnosis.Notes.Add(
                "The labels are taken in alphabetical order here; a fit matches them with the outputs by what the models say about all images. With --classes the " +
                "accuracies are the models' own.");
        }

        if (trials.Where(t => ChanceOfGuessing(Right(t), t.Rows, keys.Count) > MostChance).ToList() is { Count: > 0 } guessing)
        {
            (classes is not null && few.Images.Count >= EnoughImages ? diagnosis.Problems : diagnosis.Notes).Add(
                $"{string.Join(", ", guessing.Select(t => $"{t.Resolution.ModelFile} at {t.Resolution.Name} is right on {Right(t)} of {t.Rows} images"))}: no better " +
                $"than guessing among {keys.Count} classes. See that --preprocessing (or --scale, --mean, --std), --bgr and --background are those of the " +
                $"training, and {(classes is null ? "give the order of the classes: --classes." : "that --classes has the order of the outputs.")}");
        }
    }

    private static int Right(ResolutionTrial trial) => (int)Math.Round(trial.Quality * trial.Rows);

    /// <summary>Chance to be right that often or more by guessing: the tail of a binomial distribution.</summary>
    private static double ChanceOfGuessing(int right, int rows, int classes)
    {
        double p = 1.0 / classes, term = Math.Pow(1 - p, rows), below = 0;
        for (int k = 0; k < right; k++)
        {
            below += term;
            term *= (rows - k) / (k + 1.0) * p / (1 - p);
        }

        return 1 - below;
    }

    private static JsonObject Json(ResolutionTrial trial) => new()
    {
        ["model"] = trial.Resolution.ModelFile,
        ["size"] = trial.Resolution.Name,
        ["images"] = trial.Rows,
        [trial.QualityName] = ToolConsole.Number(trial.Quality),
        ["leastOutput"] = ToolConsole.Number(trial.LeastOutput),
        ["largestOutput"] = ToolConsole.Number(trial.LargestOutput),
    };
}
