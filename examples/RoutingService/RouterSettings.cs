using System.ComponentModel.DataAnnotations;

namespace RoutingService;

/// <summary>Which router is served.</summary>
public sealed class RouterSettings
{
    /// <summary>The saved model; relative to the program's folder.</summary>
    [Required]
    public string ModelFile { get; set; } = "";

    /// <summary>Budget of a new fit, as a fraction of the largest resolution's cost.</summary>
    [Range(double.Epsilon, 4)]
    public double BudgetFraction { get; set; } = 0.4;

    /// <summary>Pictures of a new fit.</summary>
    [Range(100, 5000)]
    public int FittingPictures { get; set; } = 5000;

    /// <summary>Whether the price of cost follows what the last images cost, so that the mean stays on the budget while the images change.</summary>
    public bool KeepBudget { get; set; }

    /// <summary>Chance, at most, that a drift alarm is ever raised without reason; 0 for no alarms.</summary>
    [Range(0, 0.5)]
    public double DriftAlarmRate { get; set; } = 0.01;

    /// <summary>Threads of ONNX Runtime inside an operator; 0 leaves the choice to the runtime.</summary>
    [Range(0, 256)]
    public int IntraOpNumThreads { get; set; } = 1;
}
