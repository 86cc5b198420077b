using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Examinations;

/// <summary>What <c>otd doctor</c> found.</summary>
internal sealed class Diagnosis
{
    /// <summary>Versions of what the tool runs on.</summary>
    public JsonObject Machine { get; } = [];

    /// <summary>One object for each model that could be opened.</summary>
    public JsonArray Models { get; } = [];

    /// <summary>One object for each model that was tried on images: accuracy and range of the outputs.</summary>
    public JsonArray Trials { get; } = [];

    /// <summary>Number, classes and sizes of the images; null where none were asked about.</summary>
    public JsonObject? Images { get; set; }

    /// <summary>What works but should be known.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What is wrong, and what to do about it.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The object of <c>--json</c>.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = (JsonObject)Machine.DeepClone();
        json["models"] = Models.DeepClone();
        json["images"] = Images?.DeepClone();
        json["trials"] = Trials.DeepClone();
        json["notes"] = ToolConsole.Texts(Notes);
        json["problems"] = ToolConsole.Texts(Problems);
        return json;
    }
}
