using Microsoft.ML;
using Microsoft.ML.Data;

namespace FashionRouting;

public partial class FashionRouter
{
    /// <summary>What the model takes: a picture, and in training its class.</summary>
    public class ModelInput
    {
        /// <summary>Path of the picture.</summary>
        [LoadColumn(0)]
        [ColumnName("Path")]
        public string Path { get; set; } = "";

        /// <summary>Class; empty when it is to be predicted.</summary>
        [LoadColumn(1)]
        [ColumnName("Label")]
        public string Label { get; set; } = "";
    }

    /// <summary>What the model says.</summary>
    public class ModelOutput
    {
        /// <summary>The most probable class.</summary>
        [ColumnName("PredictedClass")]
        public string PredictedClass { get; set; } = "";

        /// <summary>Probability of every class.</summary>
        [ColumnName("Score")]
        public float[] Score { get; set; } = [];

        /// <summary>Resolutions that scored the picture, such as <c>10+20</c>.</summary>
        [ColumnName("RouteName")]
        public string RouteName { get; set; } = "";

        /// <summary>What that cost, in FLOPs.</summary>
        [ColumnName("Cost")]
        public float Cost { get; set; }
    }

    /// <summary>Predicts one picture.</summary>
    /// <param name="engine">From <see cref="CreatePredictEngine"/>; not safe for concurrent use.</param>
    /// <param name="input">The picture.</param>
    public static ModelOutput Predict(PredictionEngine<ModelInput, ModelOutput> engine, ModelInput input) => engine.Predict(input);

    /// <summary>A prediction engine of a trained model.</summary>
    public static PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine(MLContext mlContext, ITransformer model) =>
        mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(model);
}
