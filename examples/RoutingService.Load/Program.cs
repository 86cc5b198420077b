using System.CommandLine;
using System.Globalization;
using FashionData;
using RoutingService.Load;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var seconds = new Option<int>("--seconds") { Description = "How long to send.", DefaultValueFactory = _ => 60 };
var clients = new Option<int>("--clients") { Description = "Clients at the same time.", DefaultValueFactory = _ => 8 };
var url = new Option<Uri?>("--url") { Description = "A service that runs already; by default one is started." };
var settings = new Argument<string[]>("settings") { Description = "Command line of the service that is started.", Arity = ArgumentArity.ZeroOrMore };
foreach (var option in new[] { seconds, clients })
{
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} is {result.GetValueOrDefault<int>()}; it must be at least 1.");
        }
    });
}

var command = new RootCommand("Sends pictures to the routing service from several clients and tells how long it takes.") { seconds, clients, url, settings };
command.SetAction(async (parsed, cancellationToken) =>
{
    using var service = parsed.GetValue(url) is null ? ServiceProcess.Start(parsed.GetValue(settings)!) : null;
    using var http = new HttpClient { BaseAddress = service?.Address ?? parsed.GetValue(url) };
    var run = new LoadRun(http, FashionPictures.Test());
    // Code is compiled and connections are opened before anything is timed.
    await run.RunAsync(parsed.GetValue(clients), TimeSpan.FromSeconds(3), cancellationToken);

    var before = await ServiceCounters.ReadAsync(http, cancellationToken);
    var result = await run.RunAsync(parsed.GetValue(clients), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellationToken);
    var counted = await ServiceCounters.ReadAsync(http, cancellationToken) - before;

    Console.WriteLine($"{parsed.GetValue(clients)} clients for {result.Duration.TotalSeconds:F0} s:");
    Console.WriteLine($"  requests         {result.Milliseconds.Length}");
    Console.WriteLine($"  errors           {result.Errors.Count}");
    foreach (var error in result.Errors.GroupBy(e => e))
    {
        Console.WriteLine($"    {error.Count()} x {error.Key}");
    }

    if (result.Milliseconds.Length == 0)
    {
        return 1;
    }

    Console.WriteLine($"  right answers    {(double)result.Right / result.Milliseconds.Length:P1}");
    Console.WriteLine($"  images/s         {result.Milliseconds.Length / result.Duration.TotalSeconds:F0}");
    Console.WriteLine($"  median           {result.Quantile(0.5):F1} ms");
    Console.WriteLine($"  95 % within      {result.Quantile(0.95):F1} ms");
    Console.WriteLine($"  99 % within      {result.Quantile(0.99):F1} ms ({result.Quantile(0.99) / result.Quantile(0.5):F1} x the median)");
    Console.WriteLine($"  mean batch       {counted.Images / counted.Batches:F1} images");
    Console.WriteLine($"  mean cost        {counted.Cost / counted.Images / 1e6:F1} MFLOPs an image");
    return result.Errors.Count == 0 ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();
