using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Another matching of labels and the models' classes than by their order, under which the most expensive resolution is right far more often.
/// Nothing else tells, since both are just numbers, and a router would be fitted to noise. A class moves only where its own rows say so beyond
/// doubt, and so do those of all classes that it changes places with: two swapped classes are found, and the mistakes of a poor model are not
/// taken for an order.
/// </summary>
/// <param name="ClassOfLabel">The class of every label.</param>
/// <param name="Correct">Rows on which the resolution is right when labels and classes are in the same order.</param>
/// <param name="Rematched">Rows on which it is right under the matching.</param>
internal sealed record ClassOrder(int[] ClassOfLabel, int Correct, int Rematched)
{
    /// <summary>Rows of all classes that change places must be more than this unlikely under the order that is given.</summary>
    private const double MostChanceOfCycle = 1e-6;

    /// <summary>And so must, less strictly, be the rows of each class.</summary>
    private const double MostChanceOfClass = 0.01;

    /// <summary>Finds a matching that is better beyond doubt; null where the order is right.</summary>
    /// <param name="observations">The rows.</param>
    /// <param name="classes">Number of classes.</param>
    public static ClassOrder? Find(Observations observations, int classes)
    {
        var count = new int[classes, classes];
        for (var row = 0; row < observations.Rows; row++)
        {
            if ((int)observations.Target(row)[0] is >= 0 and var label)
            {
                count[label, ArgMax.Of(observations.Kept(observations.Resolutions - 1, row)[..classes])]++;
            }
        }

        var matched = Match(count, classes);
        KeepSignificantCycles(matched, count);
        return matched.Select((c, label) => c == label).All(same => same)
            ? null
            : new ClassOrder(
                matched,
                Enumerable.Range(0, classes).Sum(label => count[label, label]),
                Enumerable.Range(0, classes).Sum(label => count[label, matched[label]]));
    }

    /// <summary>Relabels the rows where that is wanted; throws where it is not.</summary>
    /// <param name="observations">The rows that the matching was found on.</param>
    /// <param name="classes">Labels and classes as they are matched so far.</param>
    /// <param name="match">Whether to match.</param>
    /// <param name="labelName">Name of the label column.</param>
    /// <param name="modelFile">The model of the most expensive resolution.</param>
    /// <param name="warn">Is told what was matched.</param>
    /// <exception cref="ArgumentException">The orders disagree and are not to be matched; the message tells the matching that was found.</exception>
    public ClassMap Settle(Observations observations, ClassMap classes, bool match, string labelName, string modelFile, Action<string> warn)
    {
        var moved = ClassOfLabel.Select((c, label) => (Class: c, Label: label)).Where(m => m.Class != m.Label).ToList();
        var found = $"The keys of label column '{labelName}' are in another order than the classes of the models: '{modelFile}' is right on {Correct} of " +
            $"{observations.Rows} rows, and on {Rematched} if " + (ClassOfLabel.Length <= 40
                ? $"its classes are, in order, {string.Join(", ", Enumerable.Range(0, ClassOfLabel.Length).Select(c => classes.Names[Array.IndexOf(ClassOfLabel, c)]))}."
                : $"{moved.Count} of its {ClassOfLabel.Length} classes change places: " +
                    $"{string.Join(", ", moved.Take(10).Select(m => $"class {m.Class} is {classes.Names[m.Label]}"))}{(moved.Count > 10 ? ", …" : "")}.");
        if (!match)
        {
            throw new ArgumentException($"{found} Set {nameof(ClassificationTask.ClassNames)} to the classes in the models' order.");
        }

        warn($"{found} They are matched so.");
        for (var row = 0; row < observations.Rows; row++)
        {
            ref var label = ref observations.Target(row)[0];
            label = label < 0 ? label : ClassOfLabel[(int)label];
        }

        return classes.Reorder(ClassOfLabel);
    }

    /// <summary>Matches the label and class that meet most often, then the next of those that are left; the same number meets the same order first.</summary>
    private static int[] Match(int[,] count, int classes)
    {
        var matched = Enumerable.Repeat(-1, classes).ToArray();
        var taken = new bool[classes];
        foreach (var (label, predicted) in Enumerable.Range(0, classes)
            .SelectMany(label => Enumerable.Range(0, classes).Where(predicted => count[label, predicted] > 0).Select(predicted => (label, predicted)))
            .OrderByDescending(pair => count[pair.label, pair.predicted])
            .ThenByDescending(pair => pair.label == pair.predicted))
        {
            if (matched[label] < 0 && !taken[predicted])
            {
                (matched[label], taken[predicted]) = (predicted, true);
            }
        }

        // Labels and classes that never met the rest: by their order where they can, then as they come.
        for (var label = 0; label < classes; label++)
        {
            if (matched[label] < 0 && !taken[label])
            {
                (matched[label], taken[label]) = (label, true);
            }
        }

        var free = new Queue<int>(Enumerable.Range(0, classes).Where(c => !taken[c]));
        for (var label = 0; label < classes; label++)
        {
            matched[label] = matched[label] < 0 ? free.Dequeue() : matched[label];
        }

        return matched;
    }

    /// <summary>Undoes every cycle of classes in which not each one's own rows speak for its move.</summary>
    private static void KeepSignificantCycles(int[] matched, int[,] count)
    {
        var seen = new bool[matched.Length];
        for (var start = 0; start < matched.Length; start++)
        {
            var cycle = new List<int>();
            for (var label = start; !seen[label]; label = matched[label])
            {
                seen[label] = true;
                cycle.Add(label);
            }

            var moved = cycle.Sum(label => count[label, matched[label]]);
            var stayed = cycle.Sum(label => count[label, label]);
            var isBeyondDoubt = Chance(moved, stayed) < MostChanceOfCycle
                && cycle.TrueForAll(label => Chance(count[label, matched[label]], count[label, label]) < MostChanceOfClass);
            if (cycle.Count > 1 && !isBeyondDoubt)
            {
                cycle.ForEach(label => matched[label] = label);
            }
        }
    }

    /// <summary>
    /// Sign test: were the order right, rows would go to a label's own class at least as often as to any other. The chance of so many that do not
    /// is at most <c>exp(−d²/2n)</c> (Hoeffding 1963).
    /// </summary>
    private static double Chance(int moved, int stayed)
    {
        double difference = moved - stayed;
        return difference <= 0 ? 1 : Math.Exp(-difference * difference / (2.0 * (moved + stayed)));
    }
}
