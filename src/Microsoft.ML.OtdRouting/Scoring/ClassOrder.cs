namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// Another matching of labels and the models' classes than by their order, under which the most expensive resolution is right far more often.
/// Nothing else tells, since both are just numbers, and a router would be fitted to noise.
/// </summary>
/// <param name="ClassOfLabel">The class of every label.</param>
/// <param name="Correct">Rows on which the resolution is right when labels and classes are in the same order.</param>
/// <param name="Rematched">Rows on which it is right under the matching.</param>
internal sealed record ClassOrder(int[] ClassOfLabel, int Correct, int Rematched)
{
    /// <summary>Finds a matching that is better by more than chance; null where the order is right.</summary>
    public static ClassOrder? Find(OutputTable table)
    {
        var classes = table.Classes;
        var count = new int[classes, classes];
        for (var row = 0; row < table.Rows; row++)
        {
            if (table.Labels[row] is >= 0 and var label)
            {
                count[label, RoutingLoss.ArgMax(table.Output(table.Resolutions - 1, row))]++;
            }
        }

        var matched = Match(count, classes);
        var correct = Enumerable.Range(0, classes).Sum(label => count[label, label]);
        var rematched = Enumerable.Range(0, classes).Sum(label => count[label, matched[label]]);
        // Twice the standard deviation of a count, so that a few mistakes of a poor model are not taken for an order.
        return rematched - correct > 2 * Math.Sqrt(table.Rows) ? new ClassOrder(matched, correct, rematched) : null;
    }

    /// <summary>Relabels the table where that is wanted; throws where it is not and the order is beyond doubt.</summary>
    /// <param name="table">The table that the matching was found on.</param>
    /// <param name="classes">Labels and classes as they are matched so far.</param>
    /// <param name="match">Whether to match.</param>
    /// <param name="labelName">Name of the label column.</param>
    /// <param name="modelFile">The model of the most expensive resolution.</param>
    /// <param name="warn">Is told what was matched.</param>
    /// <exception cref="ArgumentException">The orders disagree and are not to be matched; the message tells the matching that was found.</exception>
    public ClassMap Settle(OutputTable table, ClassMap classes, bool match, string labelName, string modelFile, Action<string> warn)
    {
        var names = Enumerable.Range(0, ClassOfLabel.Length).Select(c => classes.Names[Array.IndexOf(ClassOfLabel, c)]);
        var found = $"The keys of label column '{labelName}' are in another order than the classes of the models: " +
            $"'{modelFile}' is right on {Correct} of {table.Rows} rows, and on {Rematched} if its classes are, in order, {string.Join(", ", names)}.";
        if (match)
        {
            warn($"{found} They are matched so.");
            table.Relabel(ClassOfLabel);
            return classes.Reorder(ClassOfLabel);
        }

        // A permutation that turns most answers from wrong to right is no accident of training.
        return Rematched > 2 * Correct && Rematched > table.Rows / 2
            ? throw new ArgumentException($"{found} Set {nameof(OtdResolutionRouter.Options.ClassNames)} to the classes in the models' order.")
            : classes;
    }

    /// <summary>Matches the label and class that meet most often, then the next of those that are left; the same number meets the same order first.</summary>
    private static int[] Match(int[,] count, int classes)
    {
        var matched = Enumerable.Repeat(-1, classes).ToArray();
        var taken = new bool[classes];
        foreach (var (label, predicted) in Enumerable.Range(0, classes)
            .SelectMany(label => Enumerable.Range(0, classes).Select(predicted => (label, predicted)))
            .OrderByDescending(pair => count[pair.label, pair.predicted])
            .ThenByDescending(pair => pair.label == pair.predicted))
        {
            if (matched[label] < 0 && !taken[predicted])
            {
                (matched[label], taken[predicted]) = (predicted, true);
            }
        }

        return matched;
    }
}
