namespace FashionRouting;

/// <summary>Prints the report as a table.</summary>
public static class ReportTable
{
    /// <summary>Writes all rows; routed runs with the shares of their routes, which differ from budget to budget.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<ReportRow> rows)
    {
        writer.WriteLine();
        writer.WriteLine($"{"",-40} {"budget",7} {"accuracy",9} {"MFLOPs",8} {"error",7} {"in s.e.",8}   share of each route");
        foreach (var row in rows)
        {
            var routed = row.Routed is { } r
                ? $" {r.BudgetError,7:P2} {r.StandardErrors,8:F2}   {string.Join("  ", r.Shares.Select(share => $"{share.Key} {share.Value:P1}"))}"
                : "";
            writer.WriteLine($"{row.Name,-40} {row.Fraction,7:P0} {row.Accuracy,9:P2} {row.MeanCost / 1e6,8:F2}{routed}");
        }
    }
}
