namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// Finds labels whose keys are in another order than the models' classes: nothing else tells, since both are just numbers, and the
/// router would be fitted to noise.
/// </summary>
internal static class ClassOrderGuard
{
    /// <summary>Throws when the most accurate resolution predicts the labels much better under another matching of classes and keys.</summary>
    /// <exception cref="ArgumentException">The orders disagree; the message tells the matching that was found.</exception>
    public static void Check(OutputTable table, ScorerSet scorers, ClassMap classes, string labelName)
    {
        var count = new int[classes.Count, classes.Count];
        var correct = 0;
        for (var row = 0; row < table.Rows; row++)
        {
            var label = table.Labels[row];
            if (label < 0)
            {
                continue;
            }

            var predicted = RoutingLoss.ArgMax(table.Output(table.Resolutions - 1, row));
            count[label, predicted]++;
            correct += label == predicted ? 1 : 0;
        }

        var best = Enumerable.Range(0, classes.Count)
            .Select(label => Enumerable.Range(0, classes.Count).MaxBy(predicted => (count[label, predicted], predicted == label)))
            .ToArray();
        var rematched = best.Select((predicted, label) => count[label, predicted]).Sum();
        // A permutation that turns most answers from wrong to right is no accident of training.
        if (best.Distinct().Count() == best.Length && rematched > 2 * correct && rematched > table.Rows / 2)
        {
            throw new ArgumentException(
                $"The keys of label column '{labelName}' are in another order than the classes of the models: " +
                $"'{scorers.Scorers[^1].Resolution.ModelFile}' is right on {correct} of {table.Rows} rows, and on {rematched} if its classes are, in " +
                $"order, {string.Join(", ", Enumerable.Range(0, best.Length).Select(c => classes.Names[Array.IndexOf(best, c)]))}. " +
                $"Set ClassNames to the classes in the models' order.");
        }
    }
}
