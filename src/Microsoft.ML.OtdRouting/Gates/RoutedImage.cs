namespace Microsoft.ML.OtdRouting;

/// <summary>What a router says about an image.</summary>
public sealed class RoutedImage
{
    internal RoutedImage(Route? route, IReadOnlyList<float> routeScores, IReadOnlyList<float> answer, string? prediction, string? problem) =>
        (Route, RouteScores, Answer, Prediction, Problem) = (route, routeScores, answer, prediction, problem);

    /// <summary>Where the image went, one of <see cref="OtdRoutingTransformer.Routes"/>; null where it has no answer.</summary>
    public Route? Route { get; }

    /// <summary>Cost of the image, in the router's unit of cost; NaN where it has no answer.</summary>
    public double Cost => Route?.Cost ?? double.NaN;

    /// <summary>
    /// What each route is worth to the image: its price minus its predicted loss, of which the largest was taken. Minus infinity for a route that it was not
    /// offered, NaN where that is not known.
    /// </summary>
    public IReadOnlyList<float> RouteScores { get; }

    /// <summary>
    /// The answer: for classification the probabilities, in the order of the keys of the predicted label; for detection the number of detections, then x0, y0, x1, y1, the score and
    /// the key of the predicted label, counted from 0, of each, and zeros up to as many as there may be. NaN where there is none.
    /// </summary>
    public IReadOnlyList<float> Answer { get; }

    /// <summary>The answer in a word: for classification the name of the most probable class, for detection how many there are of each. Null where there is no answer, and for tasks whose answers are numbers.</summary>
    public string? Prediction { get; }

    /// <summary>
    /// Why there is no answer; null where there is one. Only of a router that does not <see cref="RowFailureAction.Fail"/>: of one that does, the caller gets the
    /// problem as an exception.
    /// </summary>
    public string? Problem { get; }

    /// <summary>One line.</summary>
    public override string ToString() => Route is null ? $"No answer: {Problem}" : $"{Prediction ?? $"[{string.Join(", ", Answer)}]"} by {Route}";
}
