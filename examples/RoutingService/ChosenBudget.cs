using System.Text.Json;
using Microsoft.Extensions.Options;

namespace RoutingService;

/// <summary>The budget that was chosen while the service ran, kept in a file so that it survives a restart.</summary>
public sealed class ChosenBudget(IOptions<BudgetSettings> settings, IOptions<RouterSettings> router, ILogger<ChosenBudget> logger)
{
    private readonly Lock _gate = new();

    private readonly string _file = Path.Combine(
        AppContext.BaseDirectory, settings.Value.StateFile.Length > 0 ? settings.Value.StateFile : router.Value.ModelFile + ".budget.json");

    /// <summary>Keeps a choice. The old one stays if that fails, which is logged and no reason not to use the new one.</summary>
    public void Write(BudgetRequest budget)
    {
        var partial = $"{_file}.{Guid.NewGuid():N}.partial";
        try
        {
            lock (_gate)
            {
                File.WriteAllText(partial, JsonSerializer.Serialize(budget));
                File.Move(partial, _file, overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogError(e, "The chosen budget cannot be kept in {File}; the next start will not know it.", _file);
        }
    }

    /// <summary>Gives a router the budget that was chosen before. One that does not fit it any more is logged and left alone.</summary>
    public async Task RestoreAsync(CurrentRouter current)
    {
        if (!File.Exists(_file))
        {
            return;
        }

        try
        {
            var budget = JsonSerializer.Deserialize<BudgetRequest>(File.ReadAllText(_file)) ?? throw new JsonException("It is empty.");
            await current.SetBudgetAsync(budget.ToBudget());
            logger.LogInformation("The budget is the one that was chosen before: {Budget}.", budget);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "{File} holds no budget for this router; its own is used.", _file);
        }
    }
}
