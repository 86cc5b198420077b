namespace Microsoft.ML.OtdRouting;

/// <summary>What a classifier's output holds.</summary>
public enum ModelOutputKind
{
    /// <summary>Unnormalised log-probabilities; a softmax turns them into probabilities.</summary>
    Logits,

    /// <summary>Probabilities, non-negative and summing to one.</summary>
    Probabilities,
}
