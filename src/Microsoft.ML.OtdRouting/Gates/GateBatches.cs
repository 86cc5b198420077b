using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.Gates;

/// <summary>The batches of a gate, one after another in one window. Not safe for concurrent use.</summary>
internal sealed class GateBatches : IDisposable
{
    private readonly RoutedScorer _scorer;
    private readonly RowFailures _failures;
    private readonly Action<GateBatchEventArgs> _routed;
    private readonly RoutedWindow _window;
    private readonly List<WaitingImage> _images;
    private readonly float[] _noScores;
    private readonly float[] _noAnswer;

    /// <param name="scorer">The router.</param>
    /// <param name="enforcement">How it keeps to the budget.</param>
    /// <param name="failures">What becomes of images that fail.</param>
    /// <param name="maxBatch">Images of a batch, at most.</param>
    /// <param name="routed">Is told of batches before the callers are.</param>
    public GateBatches(RoutedScorer scorer, BudgetEnforcement enforcement, RowFailures failures, int maxBatch, Action<GateBatchEventArgs> routed)
    {
        (_scorer, _failures, _routed) = (scorer, failures, routed);
        _images = new List<WaitingImage>(maxBatch);
        _noScores = [.. Enumerable.Repeat(float.NaN, scorer.Routes.Count)];
        _noAnswer = [.. Enumerable.Repeat(float.NaN, scorer.Task.AnswerLength)];
        // An image that fails must not end the batch of others: its own caller is told, as those are who have no answer, and the router counts nothing.
        var ofWindow = failures.Action == RowFailureAction.Fail ? new RowFailures(RowFailureAction.Skip, _ => { }) : failures;
        _window = scorer.CreateWindow(maxBatch, scorer.CreateAssigner(enforcement), ofWindow, slot => _images[(int)slot].Name, new ScoringClock());
    }

    /// <summary>Images in the batch.</summary>
    public int Count => _images.Count;

    /// <summary>Begins a new batch.</summary>
    public void Clear()
    {
        _images.Clear();
        _window.Clear(0);
    }

    /// <summary>Copies an image into the batch.</summary>
    public void Add(WaitingImage image)
    {
        image.Pixels.CopyTo(_window.Pixels(_images.Count));
        _window.Frame(_images.Count) = image.Frame;
        _window.Place(_images.Count);
        _images.Add(image);
    }

    /// <summary>Routes the batch and tells everybody.</summary>
    public void Route()
    {
        if (_images.Count == 0)
        {
            return;
        }

        try
        {
            _window.Begin(_images.Count);
            var answers = new RoutedImage[_images.Count];
            for (var slot = 0; slot < answers.Length; slot++)
            {
                answers[slot] = Read(slot);
            }

            _routed(new GateBatchEventArgs(answers.Length, Array.FindAll(answers, answer => answer.Route is not null)));
            for (var slot = 0; slot < answers.Length; slot++)
            {
                if (answers[slot].Route is null && _failures.Action == RowFailureAction.Fail)
                {
                    var (problem, cause) = _window.Reason(slot);
                    _images[slot].Fail(new InvalidOperationException(problem, cause));
                }
                else
                {
                    _images[slot].Answer(answers[slot]);
                }
            }
        }
        catch (Exception e)
        {
            // What is no image's fault; nobody but the callers can hear of it.
            _images.ForEach(image => image.Fail(e));
        }
    }

    /// <summary>An image without an answer.</summary>
    public RoutedImage Missing(string problem) => new(null, _noScores, _noAnswer, null, problem);

    public void Dispose() => _window.Dispose();

    private RoutedImage Read(int slot)
    {
        var route = _window.Route(slot);
        if (route < 0)
        {
            return Missing(_window.Reason(slot).Problem);
        }

        var answer = _window.Answer(slot);
        return new RoutedImage(_scorer.Routes[route], _window.RouteScores(slot).ToArray(), answer.ToArray(), _scorer.Task.Tell(answer), null);
    }
}
