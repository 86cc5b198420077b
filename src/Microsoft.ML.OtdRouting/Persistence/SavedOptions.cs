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
        Converters = { new JsonStringEnumConverter(), new BudgetConverter(), new TargetConverter(), new PriorConverter() },
    };

    /// <summary>The options as text.</summary>
    public static string Write<T>(T options) => JsonSerializer.Serialize(options, Settings);

    /// <summary>Options of their text.</summary>
    /// <exception cref="InvalidDataException">The text is none of options.</exception>
    public static T Read<T>(string text) => Damage.Read("the router's options", () =>
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Settings) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
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

    private sealed record SavedTarget(double? Points, double? Quality, double Confidence, double KeptBack);

    private sealed class TargetConverter : JsonConverter<QualityTarget>
    {
        public override QualityTarget Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var saved = JsonSerializer.Deserialize<SavedTarget>(ref reader, options)!;
            return QualityTarget.Of(saved.Points, saved.Quality, saved.Confidence, saved.KeptBack);
        }

        public override void Write(Utf8JsonWriter writer, QualityTarget value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, new SavedTarget(value.Points, value.Quality, value.Confidence, value.KeptBack), options);
    }

    private sealed class PriorConverter : JsonConverter<RoutingPrior>
    {
        public override RoutingPrior Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            RoutingPrior.Of(JsonSerializer.Deserialize<RoutingPriorForm>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, RoutingPrior value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.ToForm(), options);
    }
}
