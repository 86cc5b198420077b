using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>The file that a training goes on from: all that it holds, and what training it is.</summary>
internal sealed class Checkpoint
{
    private const string Magic = "otd training 2";
    private const string FileName = "training.checkpoint";

    private readonly string _file;
    private readonly List<(string Name, string Value)> _description;
    private readonly MultiResolutionNetwork _network;
    private readonly FlatParameters _parameters;
    private readonly PlanWeights? _plan;
    private readonly TrainingState _state;

    public Checkpoint(
        TrainingOptions options, TrainingImages images, MultiResolutionNetwork network, FlatParameters parameters, PlanWeights? plan, TrainingState state)
    {
        _file = FileOf(options);
        _description = Describe(options, images, network, parameters);
        _network = network;
        _parameters = parameters;
        _plan = plan;
        _state = state;
    }

    /// <summary>The file of a training.</summary>
    public static string FileOf(TrainingOptions options) => Path.Combine(options.CheckpointFolder!, FileName);

    /// <summary>Writes the file: whole, or not at all.</summary>
    public void Save()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(_description.Count);
        foreach (var (name, value) in _description)
        {
            writer.Write(name);
            writer.Write(value);
        }

        writer.Write(_state.Epoch);
        writer.Write(_state.Step);
        writer.Write(_state.LossSum);
        writer.Write(_state.Epochs.Count);
        foreach (var epoch in _state.Epochs)
        {
            writer.Write(epoch.Epoch);
            writer.Write(epoch.Loss);
            Write(writer, epoch.HeldBackAccuracy);
            Write(writer, epoch.HeldBackLoss);
            Write(writer, epoch.PlanShares);
        }

        Write(writer, _plan?.Potentials ?? []);
        Write(writer, _plan?.Sums ?? []);
        foreach (var tensor in Tensors())
        {
            WriteTensor(writer, tensor);
        }

        using var random = get_rng_state();
        WriteTensor(writer, random);
        writer.Flush();
        var content = memory.GetBuffer().AsMemory(0, (int)memory.Length);
        WholeFile.Write(_file, stream =>
        {
            stream.Write(content.Span);
            stream.Write(SHA256.HashData(content.Span));
        });
    }

    /// <summary>Reads the file, if there is one.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another training; the message names the difference.</exception>
    public void Load()
    {
        if (!File.Exists(_file))
        {
            return;
        }

        var bytes = File.ReadAllBytes(_file);
        var length = bytes.Length - SHA256.HashSizeInBytes;
        if (length <= 0 || !SHA256.HashData(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length)))
        {
            throw new InvalidDataException($"'{_file}' is no checkpoint of a training, or it is damaged.");
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, 0, length), Encoding.UTF8);
        if (reader.ReadString() is not Magic and var magic)
        {
            throw new InvalidDataException($"'{_file}' is of another version, '{magic}'; expected '{Magic}'.");
        }

        RequireSame([.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => (reader.ReadString(), reader.ReadString()))]);
        _state.Epoch = reader.ReadInt32();
        _state.Step = reader.ReadInt32();
        _state.LossSum = reader.ReadDouble();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            _state.Epochs.Add(new TrainedEpoch(reader.ReadInt32(), reader.ReadDouble(), Doubles(reader), Doubles(reader), Doubles(reader)));
        }

        Doubles(reader).CopyTo(_plan?.Potentials ?? [], 0);
        Doubles(reader).CopyTo(_plan?.Sums ?? [], 0);
        using var off = no_grad();
        foreach (var tensor in Tensors())
        {
            ReadTensor(reader, tensor);
        }

        using var random = get_rng_state();
        ReadTensor(reader, random);
        set_rng_state(random);
    }

    private IEnumerable<Tensor> Tensors() => [_parameters.Values, _parameters.Momenta, .. _network.named_buffers().Select(b => b.buffer)];

    private void RequireSame(List<(string Name, string Value)> found)
    {
        if (found.SequenceEqual(_description))
        {
            return;
        }

        var (name, value) = found.Except(_description).Concat(_description.Except(found)).First();
        var expected = _description.FirstOrDefault(d => d.Name == name).Value ?? "not there";
        throw new InvalidDataException(
            $"'{_file}' is of another training: {name} is {value} there and {expected} here. Give it the same options and images, or another {nameof(TrainingOptions.CheckpointFolder)}.");
    }

    /// <summary>All that decides on the bits of a training but the number of threads, which a training may go on with otherwise.</summary>
    private static List<(string Name, string Value)> Describe(TrainingOptions options, TrainingImages images, MultiResolutionNetwork network, FlatParameters parameters)
    {
        var prior = options.PlanPrior?.ToForm();
        (string Name, object Value)[] values =
        [
            (nameof(options.Sizes), string.Join(", ", options.Sizes)),
            (nameof(options.Network), network.GetType().FullName!),
            (nameof(options.Backbone), options.Network is null ? options.Backbone : "own"),
            (nameof(options.Width), options.Width?.ToString(CultureInfo.InvariantCulture) ?? "the backbone's"),
            (nameof(options.SeparateNetworks), options.SeparateNetworks),
            ("number of parameters", parameters.Count),
            ("names of buffers", string.Join(", ", network.named_buffers().Select(b => b.name))),
            (nameof(options.Objective), options.Objective.Description),
            ("outputs", images.Objective.Outputs),
            (nameof(options.Epochs), options.Epochs),
            (nameof(options.BatchSize), options.BatchSize),
            (nameof(options.SizesPerStep), options.SizesPerStep?.ToString(CultureInfo.InvariantCulture) ?? "all"),
            (nameof(options.LearningRate), options.LearningRate),
            (nameof(options.Momentum), options.Momentum),
            (nameof(options.WeightDecay), options.WeightDecay),
            (nameof(options.WarmUpShare), options.WarmUpShare),
            (nameof(options.Decay), options.Decay),
            (nameof(options.LabelSmoothing), options.LabelSmoothing),
            (nameof(options.Flips), options.Flips),
            (nameof(options.PadAndCrop), options.PadAndCrop),
            (nameof(options.Colors.Brightness), options.Colors.Brightness),
            (nameof(options.Colors.Contrast), options.Colors.Contrast),
            (nameof(options.Colors.Saturation), options.Colors.Saturation),
            (nameof(options.DistillationWeight), options.DistillationWeight),
            (nameof(options.PlanStrength), options.PlanStrength),
            (nameof(options.PlanPrior), prior is null ? "none" : string.Create(CultureInfo.InvariantCulture, $"{prior.Kind} [{string.Join(", ", prior.Numbers ?? [])}]")),
            (nameof(options.PlanBudget), options.PlanBudget?.ToString("R", CultureInfo.InvariantCulture) ?? "the mean cost"),
            (nameof(options.HeldBackFraction), options.HeldBackFraction),
            (nameof(options.Seed), options.Seed),
            ("digest of images and truths", images.Digest),
        ];
        return [.. values.Select(v => (v.Name, string.Create(CultureInfo.InvariantCulture, $"{v.Value}")))];
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<double> values)
    {
        writer.Write(values.Count);
        foreach (var value in values)
        {
            writer.Write(value);
        }
    }

    private static double[] Doubles(BinaryReader reader) => [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadDouble())];

    private static void WriteTensor(BinaryWriter writer, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var bytes = tensor.detach().cpu().contiguous().bytes;
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static void ReadTensor(BinaryReader reader, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var copy = tensor.detach().cpu().clone().contiguous();
        copy.bytes = reader.ReadBytes(reader.ReadInt32());
        tensor.copy_(copy);
    }
}
