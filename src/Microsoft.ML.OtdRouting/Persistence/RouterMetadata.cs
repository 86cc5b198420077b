using System.Globalization;
using System.Reflection;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>What a routed graph says of itself, in the <c>metadata_props</c> of its model.</summary>
internal static class RouterMetadata
{
    private const string Prefix = "Microsoft.ML.OtdRouting.";
    private const string RouterKey = Prefix + "router";

    /// <summary>Version of this library, as in its package.</summary>
    public static string LibraryVersion { get; } =
        typeof(RouterMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Adds the version, budget, routes with their shares, and the hashes of the source models.</summary>
    public static void Describe(ModelProto model, RoutedScorer scorer)
    {
        var policy = scorer.Policy;
        Add(model, "version", LibraryVersion);
        Add(model, "costUnit", scorer.ScorerSet.CostUnit.ToString());
        Add(model, "budget", Number(policy.Budget));
        Add(model, "routes", string.Join(';', scorer.Routes.Select(r => r.Name)));
        Add(model, "costs", string.Join(';', scorer.Routes.Select(r => Number(r.Cost))));
        Add(model, "shares", string.Join(';', policy.Shares.Select(Number)));
        foreach (var resolution in scorer.UsedResolutions.Select(r => scorer.Scorers[r]))
        {
            Add(model, $"model.{resolution.Resolution.Name}", $"{Path.GetFileName(resolution.Resolution.ModelFile)} sha256:{resolution.ModelSha256}");
        }
    }

    /// <summary>Adds all that is needed to make the full router of the graph again.</summary>
    public static void Attach(ModelProto model, SavedRouter router) => Add(model, "router", router.ToByteString().ToBase64());

    /// <summary>The router that a graph was saved from; null for a graph that is no saved router.</summary>
    /// <exception cref="InvalidDataException">There is one, but it cannot be read.</exception>
    public static SavedRouter? Find(ModelProto model)
    {
        if (model.MetadataProps.FirstOrDefault(p => p.Key == RouterKey) is not { } entry)
        {
            return null;
        }

        try
        {
            return SavedRouter.Parser.ParseFrom(ByteString.FromBase64(entry.Value));
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            throw new InvalidDataException($"The saved router is damaged: {e.Message}", e);
        }
    }

    private static void Add(ModelProto model, string key, string value) =>
        model.MetadataProps.Add(new StringStringEntryProto { Key = Prefix + key, Value = value });

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
