using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.ML.Data;

namespace RoutingService;

/// <summary><c>POST /predict</c> and <c>POST /predict/batch</c>.</summary>
public static class PredictEndpoints
{
    /// <summary>Scores the image in the body.</summary>
    public static async Task<Results<Ok<ImagePrediction>, ProblemHttpResult>> PredictOne(
        HttpContext context, UploadedImage upload, ImageBatcher batcher)
    {
        var aborted = context.RequestAborted;
        using var body = new MemoryStream();
        MLImage image;
        try
        {
            await context.Request.Body.CopyToAsync(body, aborted);
            image = upload.Decode(body);
        }
        catch (InvalidDataException e)
        {
            return Bad(e.Message);
        }
        catch (BadHttpRequestException e)
        {
            return TypedResults.Problem(e.Message, statusCode: e.StatusCode);
        }

        if (batcher.TryEnqueue(image, aborted) is not { } pending)
        {
            image.Dispose();
            return Busy(context);
        }

        return TypedResults.Ok(await pending.Prediction.WaitAsync(aborted));
    }

    /// <summary>Scores all files of a form. A bad file is told in its place and does not stop the others.</summary>
    public static async Task<Results<Ok<IReadOnlyList<BatchItem>>, ProblemHttpResult>> PredictMany(
        HttpContext context, UploadedImage upload, ImageBatcher batcher, IOptions<UploadSettings> uploads, IOptions<BatchingSettings> batching)
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

        // If there is no room for all of them, those that are in the queue are not wanted any more.
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var waiting = new List<(string File, PendingImage? Pending, string? Error)>(files.Count);
        foreach (var file in files)
        {
            MLImage image;
            try
            {
                image = await Decode(file, upload, uploads.Value.MaxImageBytes, aborted.Token);
            }
            catch (InvalidDataException e)
            {
                waiting.Add((file.FileName, null, e.Message));
                continue;
            }

            if (batcher.TryEnqueue(image, aborted.Token) is not { } pending)
            {
                image.Dispose();
                await aborted.CancelAsync();
                return Busy(context);
            }

            waiting.Add((file.FileName, pending, null));
        }

        var items = new List<BatchItem>(files.Count);
        foreach (var (file, pending, error) in waiting)
        {
            items.Add(new BatchItem(file, pending is null ? null : await pending.Prediction.WaitAsync(aborted.Token), error));
        }

        return items.Exists(item => item.Error is null)
            ? TypedResults.Ok<IReadOnlyList<BatchItem>>(items)
            : Bad(string.Join(" ", items.Select(item => $"{item.File}: {item.Error}")));
    }

    private static async Task<MLImage> Decode(IFormFile file, UploadedImage upload, int maxBytes, CancellationToken aborted)
    {
        if (file.Length > maxBytes)
        {
            throw new InvalidDataException($"The image has {file.Length} bytes; allowed are at most {maxBytes}.");
        }

        using var bytes = new MemoryStream((int)file.Length);
        await file.CopyToAsync(bytes, aborted);
        return upload.Decode(bytes);
    }

    private static ProblemHttpResult Bad(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    private static ProblemHttpResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Problem("Too many images are waiting; try again in a second.", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
