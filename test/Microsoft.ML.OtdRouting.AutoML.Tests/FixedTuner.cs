using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.OtdRouting.AutoML.Tests;

/// <summary>Proposes what it is given, over and over.</summary>
internal sealed class FixedTuner(params OtdRouterOption[] options) : ITuner
{
    public List<double> Losses { get; } = [];

    public Parameter Propose(TrialSettings settings) => Parameter.CreateNestedParameter(
        KeyValuePair.Create(OtdRouterTrialRunner.ParameterName, Parameter.FromObject(options[settings.TrialId % options.Length])));

    public void Update(TrialResult result) => Losses.Add(result.Loss);
}
