using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Examinations;

/// <summary>Looks at every image of a list.</summary>
internal static class ImageExamination
{
    private const int MostNamed = 5;
    private const int FewInClass = 20;

    /// <summary>Twice the folds of a router with default options.</summary>
    private const int LeastImages = 10;

    /// <summary>Counts the images by class and decodes them all.</summary>
    /// <param name="diagnosis">Takes what is found; knows the models already.</param>
    /// <param name="console">Shows how it gets on.</param>
    /// <param name="path">The list.</param>
    /// <param name="classes">The classes in the order of the models' outputs; null where they are not given.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The images; null where they cannot be listed.</returns>
    public static ImageList? Run(Diagnosis diagnosis, ToolConsole console, string path, IReadOnlyList<string>? classes, CancellationToken cancellation)
    {
        ImageList list;
        try
        {
            list = ImageList.Read(path, warn: message => diagnosis.Notes.Add(FormattableString.Invariant(message)));
            if (classes is not null)
            {
                list.RequireLabels(classes, "--classes");
            }
        }
        catch (DataException problem)
        {
            diagnosis.Problems.Add(problem.Message);
            return null;
        }

        (int Width, int Height, bool Turned)[] images = console.Track("Decoding", list.Images.Count, progress => Decode(diagnosis, list, progress, cancellation));
        (int Width, int Height)[] sizes = [.. images.Select(i => (i.Width, i.Height))];
        int turned = images.Count(i => i.Turned);
        IEnumerable<(int Width, int Height)> decoded = sizes.Where(s => s.Width > 0);
        Dictionary<string, int> counts = list.Labels.ToDictionary(label => label, label => list.Images.Count(i => i.Label == label));
        diagnosis.Images = new JsonObject
        {
            ["count"] = list.Images.Count,
            ["classes"] = new JsonObject(counts.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value))),
            ["smallest"] = Size(decoded.OrderBy(s => (long)s.Width * s.Height)),
            ["largest"] = Size(decoded.OrderByDescending(s => (long)s.Width * s.Height)),
            ["turned"] = turned,
        };
        if (turned > 0)
        {
            diagnosis.Notes.Add(
                $"{turned} of {list.Images.Count} images are stored on their side or mirrored, with an EXIF orientation that says how: otd, and routers that " +
                "read paths, turn them upright; ML.NET's LoadImages does not.");
        }

        Judge(diagnosis, list, counts, decoded, hasClasses: classes is not null);
        return list;
    }

    private static void Judge(
        Diagnosis diagnosis, ImageList list, Dictionary<string, int> counts, IEnumerable<(int Width, int Height)> sizes, bool hasClasses)
    {
        if (list.Images.Count < LeastImages)
        {
            diagnosis.Problems.Add($"{list.Source} holds {list.Images.Count} images; fitting a router needs at least {LeastImages}, and a few hundred to be any good.");
        }

        if (!hasClasses && diagnosis.Models.Select(m => (int)m!["classes"]!).Distinct().ToList() is [var classes] && classes != counts.Count)
        {
            string message = $"{list.Source} has {counts.Count} labels, the models have {classes} classes";
            (counts.Count > classes ? diagnosis.Problems : diagnosis.Notes).Add(
                counts.Count > classes ? $"{message}: every label must be a class." : $"{message}: name all of them with --classes when fitting.");
        }

        if (counts.Where(c => c.Value < FewInClass).Select(c => c.Key).ToList() is { Count: > 0 } few)
        {
            diagnosis.Notes.Add($"Fewer than {FewInClass} images of {NameList.Of(few)}: what the router learns about them is uncertain.");
        }

        int side = diagnosis.Models.Select(m => Math.Max((int)m!["height"]!, (int)m["width"]!)).DefaultIfEmpty(0).Max();
        if (sizes.Count(s => Math.Min(s.Width, s.Height) < side) is > 0 and var small)
        {
            diagnosis.Notes.Add($"{small} of {list.Images.Count} images are smaller than the largest resolution ({side}): the dear models see enlarged images.");
        }
    }

    private static (int Width, int Height, bool Turned)[] Decode(Diagnosis diagnosis, ImageList list, IProgress<int> progress, CancellationToken cancellation)
    {
        ImageDecoder decoder = new();
        (int Width, int Height, bool Turned)[] images = new (int, int, bool)[list.Images.Count];
        string?[] problems = new string?[images.Length];
        int done = 0;
        Parallel.For(0, images.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            try
            {
                bool turned = decoder.Describe(list.Images[i].Path).Orientation != 1;
                using MLImage image = decoder.Decode(list.Images[i].Path);
                images[i] = (image.Width, image.Height, turned);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                problems[i] = $"{list.Images[i].Name} cannot be decoded: {e.Message.ReplaceLineEndings(" ")}";
            }

            lock (problems)
            {
                progress.Report(++done);
            }
        });
        List<string> unreadable = [.. problems.OfType<string>()];
        diagnosis.Problems.AddRange(unreadable.Take(MostNamed));
        if (unreadable.Count > MostNamed)
        {
            diagnosis.Problems.Add($"{unreadable.Count - MostNamed} more images cannot be decoded.");
        }

        return images;
    }

    private static string? Size(IEnumerable<(int Width, int Height)> ordered) => ordered.Select(s => $"{s.Width}x{s.Height}").FirstOrDefault();
}
