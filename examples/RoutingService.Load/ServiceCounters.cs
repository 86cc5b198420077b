using System.Globalization;

namespace RoutingService.Load;

/// <summary>Counters of the service's <c>/metrics</c>.</summary>
/// <param name="Images">Images that were scored.</param>
/// <param name="Batches">Passes in which they were.</param>
/// <param name="Cost">What they have cost, in FLOPs.</param>
public sealed record ServiceCounters(double Images, double Batches, double Cost)
{
    /// <summary>What was counted in between.</summary>
    public static ServiceCounters operator -(ServiceCounters after, ServiceCounters before) =>
        new(after.Images - before.Images, after.Batches - before.Batches, after.Cost - before.Cost);

    /// <summary>Asks the service.</summary>
    public static async Task<ServiceCounters> ReadAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var lines = (await http.GetStringAsync("/metrics", cancellationToken)).Split('\n');
        return new ServiceCounters(Value("routing_images_total"), Value("routing_batches_total"), Value("routing_cost_total"));

        double Value(string name) => double.Parse(
            lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ')[^1], CultureInfo.InvariantCulture);
    }
}
