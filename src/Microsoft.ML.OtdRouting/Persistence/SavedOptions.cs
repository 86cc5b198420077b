using System.Text.Json.Serialization.Metadata;
using System.Text.Json.Serialization;
using System.Text.Json;
using Microsoft.ML.OtdRouting.Priors;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// Options as JSON. Whatever property they have is written, so that no option is listed again here; what cannot be text is left out: functions,
/// tokens, and what is saved in a form of its own.
/// </summary>
internal static class SavedOptions
{
    private static readonly Type[] LeftOut = [typeof(CancellationToken), typeof(Delegate), typeof(RoutingTask), typeof(IList<Resolution>)];

    private static readonly JsonSerializerOptions Settings = new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOut } },
        Converters = { new JsonStringEnumConverter(), new BudgetConverter(), new PriorConverter() },
    };

    /// <summary>The options as text.</summary>
    public static string Write<T>(T options) => JsonSerializer.Serialize(options, Settings);

    /// <summary>The options of a router, of their text; the task is still to come.</summary>
    /// <param name="text">The text.</param>
    /// <param name="resolutions">The resolutions.</param>
    /// <exception cref="InvalidDataException">The text is none of options, or one is missing or out of range.</exception>
    public static OtdResolutionRouter.Options Read(string text, IReadOnlyList<Resolution> resolutions) => Damage.Read("the router's options", () =>
    {
        OtdResolutionRouter.Options options;
        try
        {
            options = JsonSerializer.Deserialize<OtdResolutionRouter.Options>(text, Settings) ?? throw new JsonException("they are null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(e.Message, e);
        }

        foreach (var resolution in resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        options.ValidateBesideTask();
        options.Scoring.RequireWindow(3 * resolutions.Max(r => r.Height) * resolutions.Max(r => r.Width));
        return options;
    });

    private static void LeaveOut(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(p => LeftOut.Any(t => t.IsAssignableFrom(p.PropertyType))).ToList())
        {
            type.Properties.Remove(property);
        }
    }

    private sealed record SavedBudget(double Value, CostUnit? Unit);

    private sealed class BudgetConverter : JsonConverter<ComputeBudget>
    {
        public override ComputeBudget Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var saved = JsonSerializer.Deserialize<SavedBudget>(ref reader, options)!;
            return ComputeBudget.Of(saved.Value, saved.Unit);
        }

        public override void Write(Utf8JsonWriter writer, ComputeBudget value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, new SavedBudget(value.Value, value.Unit), options);
    }

    private sealed class PriorConverter : JsonConverter<RoutingPrior>
    {
        public override RoutingPrior Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            RoutingPrior.Of(JsonSerializer.Deserialize<RoutingPriorForm>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, RoutingPrior value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.ToForm(), options);
    }
}
