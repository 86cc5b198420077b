using System.ComponentModel.DataAnnotations;

namespace RoutingService;

/// <summary>Who may change the budget while the service runs, and where the choice is kept. With neither key nor port nobody may.</summary>
public sealed class BudgetSettings
{
    /// <summary>Key that <c>PUT /budget</c> needs as <c>Authorization: Bearer KEY</c>; empty for none. Set it by an environment variable, <c>Budget__Key</c>.</summary>
    public string Key { get; set; } = "";

    /// <summary>Port on which alone <c>PUT /budget</c> answers; 0 for every port. The service must listen there: <c>--urls</c> takes several.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>Where the chosen budget is kept for the next start; relative to the program's folder. Empty for a file beside the model.</summary>
    public string StateFile { get; set; } = "";

    /// <summary>Whether anybody may change the budget.</summary>
    public bool IsOpen => Key.Length > 0 || Port > 0;
}
