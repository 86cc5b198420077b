using System.Globalization;
using System.Text;
using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>Counts what the service does and writes it in the text format of Prometheus (version 0.0.4).</summary>
public sealed class ServiceMetrics
{
    private static readonly double[] Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<(string Path, int Status), long> _requests = [];
    private readonly SortedDictionary<string, long> _imagesByRoute = new(StringComparer.Ordinal);
    private readonly SortedDictionary<DriftStatistic, long> _alarms = new(Enum.GetValues<DriftStatistic>().ToDictionary(s => s, _ => 0L));
    private readonly long[] _durations = new long[Buckets.Length + 1];
    private double _durationSum;
    private double _costSum;
    private long _images;
    private long _batches;

    /// <summary>Counts a request that has been answered.</summary>
    /// <param name="path">Path of the endpoint.</param>
    /// <param name="status">Status of the answer.</param>
    /// <param name="duration">From the first byte to the answer.</param>
    public void Answered(string path, int status, TimeSpan duration)
    {
        var seconds = duration.TotalSeconds;
        var bucket = Array.FindIndex(Buckets, bound => seconds <= bound);
        lock (_gate)
        {
            _requests[(path, status)] = _requests.GetValueOrDefault((path, status)) + 1;
            _durations[bucket < 0 ? Buckets.Length : bucket]++;
            _durationSum += seconds;
        }
    }

    /// <summary>Counts a batch that has been scored.</summary>
    public void Scored(IReadOnlyList<ImagePrediction> predictions)
    {
        lock (_gate)
        {
            _batches++;
            _images += predictions.Count;
            foreach (var prediction in predictions)
            {
                _imagesByRoute[prediction.Route] = _imagesByRoute.GetValueOrDefault(prediction.Route) + 1;
                _costSum += prediction.Cost;
            }
        }
    }

    /// <summary>Counts a drift alarm.</summary>
    public void Drifted(DriftEventArgs alarm)
    {
        lock (_gate)
        {
            _alarms[alarm.Statistic]++;
        }
    }

    /// <summary>All metrics as text.</summary>
    /// <param name="router">The router in use.</param>
    /// <param name="queueLength">Images that wait.</param>
    public string Write(OtdRoutingTransformer router, int queueLength)
    {
        var text = new StringBuilder();
        var unit = $"{{unit=\"{router.CostUnit.ToString().ToLowerInvariant()}\"}}";
        lock (_gate)
        {
            Family(text, "routing_requests_total", "counter", "Requests by endpoint and status.");
            foreach (var ((path, status), count) in _requests)
            {
                Sample(text, $"routing_requests_total{{path=\"{path}\",status=\"{status}\"}}", count);
            }

            Family(text, "routing_request_duration_seconds", "histogram", "Time from the beginning of a request to its answer.");
            var total = 0L;
            for (var i = 0; i < _durations.Length; i++)
            {
                total += _durations[i];
                var bound = i < Buckets.Length ? Buckets[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                Sample(text, $"routing_request_duration_seconds_bucket{{le=\"{bound}\"}}", total);
            }

            Sample(text, "routing_request_duration_seconds_sum", _durationSum);
            Sample(text, "routing_request_duration_seconds_count", total);

            Family(text, "routing_images_total", "counter", "Images that were scored.");
            Sample(text, "routing_images_total", _images);
            Family(text, "routing_route_images_total", "counter", "Images that were scored, by route.");
            foreach (var (route, count) in _imagesByRoute)
            {
                // Resolutions may have any name; the format escapes these two.
                var label = route.Replace(@"\", @"\\").Replace("\"", "\\\"");
                Sample(text, $"routing_route_images_total{{route=\"{label}\"}}", count);
            }

            Family(text, "routing_drift_alarms_total", "counter", "Alarms that images are not like those of the fit any more, by what has changed.");
            foreach (var (statistic, count) in _alarms)
            {
                Sample(text, $"routing_drift_alarms_total{{statistic=\"{statistic.ToString().ToLowerInvariant()}\"}}", count);
            }

            Family(text, "routing_batches_total", "counter", "Passes in which they were scored.");
            Sample(text, "routing_batches_total", _batches);
            Family(text, "routing_cost_total", "counter", "What all images have cost.");
            Sample(text, "routing_cost_total" + unit, _costSum);
            Family(text, "routing_mean_cost", "gauge", "Mean cost of an image since the start.");
            Sample(text, "routing_mean_cost" + unit, _images == 0 ? 0 : _costSum / _images);
        }

        Family(text, "routing_budget", "gauge", "Mean cost of an image that the router is held to.");
        Sample(text, "routing_budget" + unit, router.Budget);
        if (router.Controller is { } controller)
        {
            Family(text, "routing_cost_price", "gauge", "Price of cost beyond that of the fit: the loss that the cost of the dearest route is worth.");
            Sample(text, "routing_cost_price", controller.Price);
        }

        Family(text, "routing_queue_length", "gauge", "Images that wait to be scored.");
        Sample(text, "routing_queue_length", queueLength);
        return text.ToString();
    }

    private static void Family(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Sample(StringBuilder text, string name, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
}
