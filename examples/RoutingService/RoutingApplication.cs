using System.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.ML;

namespace RoutingService;

/// <summary>The service: what it consists of and where it answers.</summary>
public static class RoutingApplication
{
    /// <summary>Builds the service. The router is loaded, or fitted, before this returns: when the port opens, it can be used.</summary>
    /// <param name="args">Command line; overrides appsettings.json, for example <c>--Batching:MaxDelayMilliseconds 5</c>.</param>
    /// <param name="replace">Replaces parts, for tests.</param>
    public static WebApplication Create(string[] args, Action<IServiceCollection>? replace = null)
    {
        // appsettings.json lies beside the program, from wherever it is started.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var services = builder.Services;
        AddSettings<RouterSettings>(services, "Router");
        AddSettings<BatchingSettings>(services, "Batching");
        AddSettings<UploadSettings>(services, "Upload");
        AddSettings<BudgetSettings>(services, "Budget");
        services.AddProblemDetails();
        services.AddSingleton(new MLContext(seed: 1));
        services.AddSingleton(provider => new CurrentRouter(RouterFile.Open(
            provider.GetRequiredService<MLContext>(),
            provider.GetRequiredService<IOptions<RouterSettings>>().Value,
            provider.GetRequiredService<IOptions<BatchingSettings>>().Value,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger(nameof(RouterFile)))));
        services.AddSingleton<IImageScorer, RouterScorer>();
        services.AddSingleton<ServiceMetrics>();
        services.AddSingleton<UploadedImage>();
        services.AddSingleton<ChosenBudget>();
        // Hosted services stop in the reverse order of their start, the web server first: requests in flight still find the batcher at work.
        services.AddSingleton<ImageBatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<ImageBatcher>());
        replace?.Invoke(services);

        var app = builder.Build();
        TellDrift(app.Services);
        app.Services.GetRequiredService<ChosenBudget>().Restore(app.Services.GetRequiredService<CurrentRouter>());
        app.Use(Measure);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseWhen(
            context => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText == "/budget", branch => branch.Use(BudgetEndpoint.Guard));
        MapEndpoints(app, app.Services.GetRequiredService<IOptions<UploadSettings>>().Value);
        return app;
    }

    private static void MapEndpoints(WebApplication app, UploadSettings upload)
    {
        app.MapPost("/predict", PredictEndpoints.PredictOne)
            .WithMetadata(new RequestSizeLimitAttribute(upload.MaxImageBytes));
        app.MapPost("/predict/batch", PredictEndpoints.PredictMany)
            .WithMetadata(new RequestSizeLimitAttribute(upload.MaxBatchBytes));
        app.MapGet("/health", (CurrentRouter current) =>
        {
            using var lease = current.Rent();
            return RouterState.Of(lease.Router);
        });
        app.MapGet("/metrics", (CurrentRouter current, ServiceMetrics metrics, ImageBatcher batcher) =>
        {
            using var lease = current.Rent();
            return TypedResults.Text(metrics.Write(lease.Router, batcher.QueueLength), "text/plain; version=0.0.4");
        });
        app.MapPut("/budget", BudgetEndpoint.Put);
    }

    private static void AddSettings<T>(IServiceCollection services, string section)
        where T : class =>
        services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();

    private static void TellDrift(IServiceProvider services)
    {
        var metrics = services.GetRequiredService<ServiceMetrics>();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(nameof(CurrentRouter));
        services.GetRequiredService<CurrentRouter>().DriftDetected += (_, alarm) =>
        {
            metrics.Drifted(alarm);
            logger.LogWarning("{Alarm}", alarm);
        };
    }

    /// <summary>Counts and times the requests of every endpoint.</summary>
    private static async Task Measure(HttpContext context, RequestDelegate next)
    {
        var started = Stopwatch.GetTimestamp();
        // Read now: the handler of exceptions takes it away.
        var endpoint = context.GetEndpoint() as RouteEndpoint;
        try
        {
            await next(context);
        }
        finally
        {
            // Only endpoints of ours: a path that somebody made up must not become a label.
            if (endpoint is not null)
            {
                var status = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
                context.RequestServices.GetRequiredService<ServiceMetrics>()
                    .Answered(endpoint.RoutePattern.RawText ?? "", status, Stopwatch.GetElapsedTime(started));
            }
        }
    }
}
