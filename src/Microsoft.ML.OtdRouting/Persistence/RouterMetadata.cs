using System.Globalization;
using System.Reflection;
using System.Text;
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
    private const string DigestKey = Prefix + "digest";

    /// <summary>Version of this library, as in its package.</summary>
    public static string LibraryVersion { get; } =
        typeof(RouterMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Adds the version, budget, routes with their shares, and the hashes of the source models.</summary>
    public static void Describe(ModelProto model, RoutedScorer scorer)
    {
        var policy = scorer.Policy;
        Add(model, Prefix + "version", LibraryVersion);
        Add(model, Prefix + "costUnit", scorer.ScorerSet.CostUnit.ToString());
        Add(model, Prefix + "budget", Number(policy.Budget));
        Add(model, Prefix + "routes", string.Join(';', scorer.Routes.Select(r => r.Name)));
        Add(model, Prefix + "costs", string.Join(';', scorer.Routes.Select(r => Number(r.Cost))));
        Add(model, Prefix + "shares", string.Join(';', policy.Shares.Select(Number)));
        foreach (var resolution in scorer.UsedResolutions.Select(r => scorer.Scorers[r]))
        {
            Add(model, Prefix + $"model.{resolution.Resolution.Name}", $"{Path.GetFileName(resolution.Resolution.ModelFile)} sha256:{resolution.ModelSha256}");
        }
    }

    /// <summary>Adds all that is needed to make the full router of the graph again.</summary>
    public static void Attach(ModelProto model, SavedRouter router) => Add(model, RouterKey, router.ToByteString().ToBase64());

    /// <summary>Writes a model with, as its last property, a digest over everything ahead of it.</summary>
    public static MemoryStream Seal(ModelProto model)
    {
        var stream = new MemoryStream();
        model.WriteTo(stream);
        stream.Write(Digest(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        stream.Position = 0;
        return stream;
    }

    /// <summary>The router that a graph was saved from, after all checks that need no models; null for a graph that is no saved router.</summary>
    /// <param name="name">What to call the graph in messages.</param>
    /// <param name="bytes">A model as <see cref="Seal"/> wrote it.</param>
    /// <exception cref="InvalidDataException">There is one, but it is damaged or of another version.</exception>
    public static SavedGraph? Read(string name, ReadOnlyMemory<byte> bytes)
    {
        var isSealed = Holds(bytes.Span, DigestKey);
        if (!isSealed && !Holds(bytes.Span, RouterKey))
        {
            return null;
        }

        Damage.Require(!isSealed || IsWhole(bytes.Span), name, "its digest is not that of its bytes");
        var model = Damage.Read(name, () => ModelProto.Parser.ParseFrom(new System.Buffers.ReadOnlySequence<byte>(bytes)));
        var saved = Find(model) ?? throw Damage.In(name, "it holds no router");
        // Other versions may have no digest, or other parts.
        RouterReader.RequireVersion(saved);
        Damage.Require(isSealed, name, "it has no digest");
        Damage.Require(model.Graph is not null, name, "it holds no nodes");
        SavedRouterCheck.Require(saved, model.Graph!);
        return new SavedGraph(saved, model.Graph!);
    }

    /// <summary>The router that a graph was saved from, as it stands there; null for none.</summary>
    /// <exception cref="InvalidDataException">There is one, but it cannot be read.</exception>
    public static SavedRouter? Find(ModelProto model) => model.MetadataProps.FirstOrDefault(p => p.Key == RouterKey) is { } entry
        ? Damage.Read("the saved router", () => SavedRouter.Parser.ParseFrom(ByteString.FromBase64(entry.Value)))
        : null;

    private static bool Holds(ReadOnlySpan<byte> bytes, string key) => bytes.IndexOf(Encoding.UTF8.GetBytes(key)) >= 0;

    /// <summary>Whether the digest at the end is that of everything ahead of it.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        var length = Digest([]).Length;
        return bytes.Length > length && bytes[^length..].SequenceEqual(Digest(bytes[..^length]));
    }

    /// <summary>A property as a model has it; appended to a model's bytes, it is one of the model's. Always of the same length.</summary>
    private static byte[] Digest(ReadOnlySpan<byte> bytes)
    {
        var model = new ModelProto();
        Add(model, DigestKey, $"sha256:{OnnxModelFile.Sha256(bytes)}");
        return model.ToByteArray();
    }

    private static void Add(ModelProto model, string key, string value) =>
        model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
