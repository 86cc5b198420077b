using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary><c>POST /predict</c> and <c>POST /predict/batch</c>.</summary>
public static class PredictEndpoints
{
    /// <summary>Scores the image in the body.</summary>
    public static async Task<Results<Ok<ImagePrediction>, ProblemHttpResult>> PredictOne(HttpContext context, CurrentRouter current)
    {
        var aborted = context.RequestAborted;
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, aborted);
            var image = UploadedImage.Of(body);
            await using var lease = current.Rent();
            return lease.Gate.TryRoute(image, out var routed, aborted) ? TypedResults.Ok(ImagePrediction.Of(await routed)) : Busy(context);
        }
        catch (InvalidDataException e)
        {
            return Bad(e.Message);
        }
        catch (BadHttpRequestException e)
        {
            return TypedResults.Problem(e.Message, statusCode: e.StatusCode);
        }
    }

    /// <summary>Scores all files of a form. A bad file is told in its place and does not stop the others.</summary>
    public static async Task<Results<Ok<IReadOnlyList<BatchItem>>, ProblemHttpResult>> PredictMany(
        HttpContext context, CurrentRouter current, IOptions<UploadSettings> uploads, IOptions<BatchingSettings> batching)
    {
        if (!context.Request.HasFormContentType)
        {
            return TypedResults.Problem("The body must be multipart/form-data with one image a file.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        IFormFileCollection files;
        try
        {
            files = (await context.Request.ReadFormAsync(context.RequestAborted)).Files;
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return Bad($"The form cannot be read: {e.Message}");
        }
        catch (BadHttpRequestException e)
        {
            return TypedResults.Problem(e.Message, statusCode: e.StatusCode);
        }

        if (files.Count == 0 || files.Count > batching.Value.QueueCapacity)
        {
            return Bad($"The form has {files.Count} files; allowed are 1 to {batching.Value.QueueCapacity}.");
        }

        // If there is no room for all of them, those that have come in are not wanted any more.
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await using var lease = current.Rent();
        var waiting = new List<Task<RoutedImage>>(files.Count);
        foreach (var file in files)
        {
            try
            {
                var image = await ReadAsync(file, uploads.Value.MaxImageBytes, aborted.Token);
                if (!lease.Gate.TryRoute(image, out var routed, aborted.Token))
                {
                    await aborted.CancelAsync();
                    await ((Task)Task.WhenAll(waiting)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return Busy(context);
                }

                waiting.Add(routed);
            }
            catch (InvalidDataException e)
            {
                waiting.Add(Task.FromException<RoutedImage>(e));
            }
        }

        var items = new List<BatchItem>(files.Count);
        foreach (var (file, routed) in files.Zip(waiting))
        {
            try
            {
                items.Add(new BatchItem(file.FileName, ImagePrediction.Of(await routed), null));
            }
            catch (InvalidDataException e)
            {
                items.Add(new BatchItem(file.FileName, null, e.Message));
            }
        }

        return items.Exists(item => item.Error is null)
            ? TypedResults.Ok<IReadOnlyList<BatchItem>>(items)
            : Bad(string.Join(" ", items.Select(item => $"{item.File}: {item.Error}")));
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(IFormFile file, int maxBytes, CancellationToken aborted)
    {
        if (file.Length > maxBytes)
        {
            throw new InvalidDataException($"The image has {file.Length} bytes; allowed are at most {maxBytes}.");
        }

        using var bytes = new MemoryStream((int)file.Length);
        await file.CopyToAsync(bytes, aborted);
        return UploadedImage.Of(bytes);
    }

    private static ProblemHttpResult Bad(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    private static ProblemHttpResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Problem("Too many images are waiting; try again in a second.", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
