using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>Trains a network on a view and writes it: one file a size.</summary>
internal static class TrainingRun
{
    /// <summary>Images that files are held against the network on.</summary>
    private const int Compared = 16;

    /// <summary>TorchSharp has one random state for all: a second training would draw from it, too, so it waits.</summary>
    private static readonly object _gate = new();

    /// <summary>Trains.</summary>
    /// <param name="options">What to train, already checked.</param>
    /// <param name="view">Images with their classes.</param>
    /// <param name="log">Is told what every epoch brought.</param>
    public static TrainingResult Run(TrainingOptions options, IDataView view, RouterContext log)
    {
        LibTorch.Require();
        lock (_gate)
        {
            var (threads, device) = (get_num_threads(), get_default_device());
            using var random = get_rng_state();
            try
            {
                // What is made from here on is made there.
                set_default_device(options.Device == TrainingDevice.Gpu ? LibTorch.RequireGpu() : CPU);
                if (options.Threads is { } asked)
                {
                    set_num_threads(asked);
                }

                manual_seed(options.Seed);
                return Train(options, view, log);
            }
            finally
            {
                set_default_device(device);
                set_num_threads(threads);
                set_rng_state(random);
            }
        }
    }

    /// <summary>The network that options ask for.</summary>
    internal static MultiResolutionNetwork Create(TrainingOptions options, NetworkSettings settings)
    {
        var create = options.Network ?? (s => options.Objective.CreateNetwork(options.Backbone, s));
        var network = options.SeparateNetworks ? new SeparateNetworks(settings, create) : create(settings);
        return network is not null && network.Sizes.SequenceEqual(settings.Sizes) && network.Outputs == settings.Outputs
            ? network
            : throw new InvalidOperationException(
                $"{nameof(TrainingOptions.Network)} made {(network is null ? "none" : $"a network of {network.Outputs} outputs at {string.Join(", ", network.Sizes)}")}; " +
                $"expected {settings.Outputs} outputs at {string.Join(", ", settings.Sizes)}.");
    }

    private static TrainingResult Train(TrainingOptions options, IDataView view, RouterContext log)
    {
        var started = Stopwatch.GetTimestamp();
        var resolutions = options.Sizes.Select(options.ResolutionOf).ToList();
        RequireWritable(options, resolutions);
        var images = TrainingImages.Read(options, view);
        using var network = Create(options, new NetworkSettings([.. options.Sizes], images.Objective.Outputs, options.Width, images.Mean, images.StandardDeviation));
        using var training = new NetworkTraining(options, images, network);
        var compared = new TrainingBatch([.. options.Sizes], Compared, images.Objective.TargetLength);
        new BatchMaker(options, images).Fill(compared, images.Training.Take(Compared).ToArray(), epoch: null);
        // What cannot be written is better known before training than after it.
        _ = Write(options, network, training, compared, images.Objective.ClassNames);
        var epochs = training.Run();
        var files = Write(options, network, training, compared, images.Objective.ClassNames);
        for (var size = 0; size < files.Count; size++)
        {
            var bytes = files[size];
            WholeFile.Write(resolutions[size].ModelFile, stream => stream.Write(bytes));
        }

        var last = epochs[^1];
        log.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"Trained {training.ParameterCount} parameters on {images.Training.Count} images, {epochs.Count} epochs, loss {last.Loss:F4}; accuracy on {images.HeldBack.Count} images kept back: ") +
            string.Join(", ", last.HeldBackAccuracy.Select((a, size) => string.Create(CultureInfo.InvariantCulture, $"{options.Sizes[size]} {a:P1}"))) + ".");
        return new TrainingResult(
            resolutions, [.. epochs], images.Objective.ClassNames, images.Training.Count, images.HeldBack, training.ParameterCount, Stopwatch.GetElapsedTime(started));
    }

    private static List<byte[]> Write(
        TrainingOptions options, MultiResolutionNetwork network, NetworkTraining training, TrainingBatch compared, IReadOnlyList<string> classNames)
    {
        var files = new List<byte[]>();
        for (var size = 0; size < options.Sizes.Count; size++)
        {
            var scored = training.Score(compared, size);
            var bytes = NetworkExport.Write(network, size, scored, options.Objective.OutputName, classNames).ToByteArray();
            NetworkExport.RequireSame(bytes, compared, size, options.Sizes[size], scored, options.Objective.OutputName);
            files.Add(bytes);
        }

        return files;
    }

    private static void RequireWritable(TrainingOptions options, IEnumerable<Resolution> resolutions)
    {
        Directory.CreateDirectory(options.OutputFolder!);
        foreach (var resolution in resolutions)
        {
            WholeFile.Probe(resolution.ModelFile);
        }

        if (options.CheckpointFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
            WholeFile.Probe(Checkpoint.FileOf(options));
        }
    }
}
