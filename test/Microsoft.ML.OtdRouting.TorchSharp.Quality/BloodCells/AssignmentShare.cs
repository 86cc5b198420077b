using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Training.Assignment;
using Microsoft.ML.OtdRouting.Training.Objectives;

namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>Which part of the time of training goes into the assignment of predictions to objects.</summary>
internal static class AssignmentShare
{
    private const int Epochs = 2;

    /// <summary>Trains for some epochs, and measures.</summary>
    public static double Measure(MeasuringOptions options, IReadOnlyList<AnnotatedImage> images)
    {
        var objective = new TimedObjective();
        var training = BloodNetwork.Options(options.Threads, Path.Combine(options.Cache, "bccd-timed"), Epochs);
        training.Objective = objective;
        training.CheckpointFolder = null;
        var context = new MLContext(1);
        var result = context.OtdRouting().Train(training, BloodImages.View(context, images));
        return objective.Assignment.Time / result.Time;
    }

    private sealed class TimedObjective : TrainingObjective
    {
        private readonly DetectionObjective _objective = new();

        public TimedObjective() => Assignment = new TimedAssignment(_objective.CreateAssignment());

        public TimedAssignment Assignment { get; }

        internal override string OutputName => _objective.OutputName;

        internal override BoundObjective Bind(TrainingOptions options, DataViewSchema schema) =>
            new BoundDetectionObjective(_objective.TaskOf(options), Assignment, schema, options.Largest);

        internal override MultiResolutionNetwork CreateNetwork(Backbone backbone, NetworkSettings settings) => _objective.CreateNetwork(backbone, settings);
    }

    private sealed class TimedAssignment(PredictionAssignment inner) : PredictionAssignment
    {
        private readonly Stopwatch _clock = new();

        public TimeSpan Time => _clock.Elapsed;

        public override void Assign(ImagePredictions predictions, IReadOnlyList<TrueObject> objects, Span<int> owners)
        {
            _clock.Start();
            inner.Assign(predictions, objects, owners);
            _clock.Stop();
        }
    }
}
