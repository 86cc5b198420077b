using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace RoutingService;

/// <summary><c>PUT /budget</c>, for those who may.</summary>
public static class BudgetEndpoint
{
    /// <summary>Changes the budget and keeps the choice.</summary>
    public static async Task<IResult> Put(HttpContext context, BudgetRequest request, CurrentRouter current, ChosenBudget chosen)
    {
        try
        {
            await current.SetBudgetAsync(request.ToBudget());
            chosen.Write(request);
        }
        catch (ArgumentException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
        }

        await using var lease = current.Rent();
        return TypedResults.Ok(RouterState.Of(lease.Router));
    }

    /// <summary>Lets nobody in but who comes by the right port with the right key. Runs before the body is read.</summary>
    public static async Task Guard(HttpContext context, RequestDelegate next)
    {
        var settings = context.RequestServices.GetRequiredService<IOptions<BudgetSettings>>().Value;
        // The port of the connection, and not that of the Host header, which a client may choose.
        if (!settings.IsOpen || (settings.Port > 0 && context.Connection.LocalPort != settings.Port))
        {
            await TypedResults.Problem("The budget cannot be changed here.", statusCode: StatusCodes.Status404NotFound).ExecuteAsync(context);
        }
        else if (settings.Key.Length > 0 && !IsKey(context.Request.Headers.Authorization.ToString(), settings.Key))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await TypedResults.Problem("The budget needs its key.", statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);
        }
        else
        {
            await next(context);
        }
    }

    /// <summary>Compares digests in constant time: how long it takes must not tell how much of a key was right.</summary>
    private static bool IsKey(string header, string key) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(header)), SHA256.HashData(Encoding.UTF8.GetBytes($"Bearer {key}")));
}
