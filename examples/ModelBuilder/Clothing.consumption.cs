using Microsoft.ML;
using Microsoft.ML.Data;

namespace ModelBuilder;

public partial class Clothing
{
    /// <summary>What the model takes.</summary>
    public class ModelInput
    {
        /// <summary>The class.</summary>
        [LoadColumn(0)]
        [ColumnName(@"Label")]
        public string Label { get; set; } = "";

        /// <summary>The image file.</summary>
        [LoadColumn(1)]
        [ColumnName(@"ImageSource")]
        public byte[] ImageSource { get; set; } = [];
    }

    /// <summary>What the model says.</summary>
    public class ModelOutput
    {
        /// <summary>The class, as a key.</summary>
        [ColumnName(@"Label")]
        public uint Label { get; set; }

        /// <summary>The image file.</summary>
        [ColumnName(@"ImageSource")]
        public byte[] ImageSource { get; set; } = [];

        /// <summary>The most probable class.</summary>
        [ColumnName(@"PredictedLabel")]
        public string PredictedLabel { get; set; } = "";

        /// <summary>Probability of every class.</summary>
        [ColumnName(@"Score")]
        public float[] Score { get; set; } = [];
    }

    /// <summary>Engine of the model that Model Builder has trained.</summary>
    public static readonly Lazy<PredictionEngine<ModelInput, ModelOutput>> PredictEngine = new(CreatePredictEngine, true);

    private static readonly string _mlNetModelPath = Path.GetFullPath("Clothing.mlnet");

    /// <summary>Predicts one image.</summary>
    /// <param name="input">The image.</param>
    public static ModelOutput Predict(ModelInput input) => PredictEngine.Value.Predict(input);

    private static PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine()
    {
        var mlContext = new MLContext();
        var mlModel = mlContext.Model.Load(_mlNetModelPath, out _);
        return mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(mlModel);
    }
}
