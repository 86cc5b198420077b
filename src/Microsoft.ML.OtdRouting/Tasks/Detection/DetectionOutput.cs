namespace Microsoft.ML.OtdRouting;

/// <summary>What the output tensor of a detector holds.</summary>
public enum DetectionOutput
{
    /// <summary>
    /// [1, N, 6]: detections after suppression, each a box, its score and the number of its class. Rows with a score of zero are empty. Where these are outputs of their own,
    /// <see cref="Resolution.Joined"/> makes one of them.
    /// </summary>
    Detections,

    /// <summary>[1, N, 5 + C]: predictions, each a box, whether there is an object, and the scores of the classes, which are multiplied. YOLOv5, YOLOX.</summary>
    Objectness,

    /// <summary>[1, 4 + C, N]: a row for each number of the boxes, then one for each class. YOLOv8 and later.</summary>
    ClassScores,
}
