using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>A trial that is to be run.</summary>
public class TrialSettings
{
    public int TrialId { get; set; }

    public Parameter Parameter { get; set; } = null!;

    public DateTime StartedAtUtc { get; set; }

    public DateTime? EndedAtUtc { get; set; }
}
