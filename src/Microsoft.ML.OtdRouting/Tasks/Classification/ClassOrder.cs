using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Another matching of labels and the models' classes than by their order, under which the most expensive resolution is right far more often.
/// Nothing else tells, since both are just numbers, and a router would be fitted to noise. Classes move only where there is no doubt about any of
/// them: two swapped classes are found, and the mistakes of a poor model are not taken for an order.
/// </summary>
/// <remarks>
/// <para>
/// A class moves where two sign tests say so, and those of all classes that it changes places with. Its own rows must go to the new class more often
/// than to the one that the order gives it; and no exchange of two labels may be as good, by the rows of both. Among <c>C</c> classes, <c>C</c> tests
/// of the first kind and <c>C(C − 1)/2</c> of the second are made; levels are divided by these numbers (Bonferroni), so all classes that move are right
/// with 98 %. One image a class is never evidence: with 1,000 classes it takes 17 of each.
/// </para>
/// <para>
/// Where that is not enough for each class, rows still tell whether the order as a whole is wrong: a matching is made on every other row of each
/// label, and tried on the rows between: significantly more than two of three rows that are right by either must be right by the matching.
/// </para>
/// </remarks>
/// <param name="ClassOfLabel">The class of every label, as far as there is no doubt; those of doubtful ones are as they were.</param>
/// <param name="Rows">Rows with labels.</param>
/// <param name="Correct">Rows on which the resolution is right when labels and classes are in the same order.</param>
/// <param name="Rematched">Rows on which it is right under the matching.</param>
/// <param name="Doubt">Says that other labels are in another order too, without evidence for each; null where the matching is all there is.</param>
internal sealed record ClassOrder(int[] ClassOfLabel, int Rows, int Correct, int Rematched, ClassOrderDoubt? Doubt)
{
    /// <summary>Chance of any wrong move, by each of the two kinds of tests.</summary>
    private const double MostChance = 0.01;

    /// <summary>Rows that a matching has not seen must be more than this unlikely under the order that is given.</summary>
    private const double MostChanceOfDoubt = 1e-3;

    /// <summary>
    /// A model may take many hard classes for others more often than for themselves. Where two of three rows that tell are for another order, that is no
    /// longer an explanation.
    /// </summary>
    private const double MostOfHardClasses = 2.0 / 3;

    /// <summary>Finds a matching that is better beyond doubt, or that there must be one; null where nothing speaks against the order.</summary>
    /// <param name="answers">The rows with labels.</param>
    /// <param name="classes">Number of classes.</param>
    public static ClassOrder? Find(IReadOnlyList<LabelledAnswer> answers, int classes)
    {
        var counts = AnswerCounts.Of(answers, classes);
        var matched = Match(counts);
        KeepSignificantCycles(matched, counts);
        var doubt = FindDoubt(matched, answers);
        return doubt is null && matched.Select((c, label) => c == label).All(same => same)
            ? null
            : new ClassOrder(matched, counts.Rows, counts.Correct, Enumerable.Range(0, classes).Sum(label => counts[label, matched[label]]), doubt);
    }

    /// <summary>Relabels the rows where that is wanted; throws where it is not, and where there is doubt.</summary>
    /// <param name="observations">The rows that the matching was found on.</param>
    /// <param name="classes">Labels and classes as they are matched so far.</param>
    /// <param name="task">The task, which says whether the order was given by names, and if not, whether to match.</param>
    /// <param name="modelFile">The model of the most expensive resolution.</param>
    /// <param name="warn">Is told what was matched.</param>
    /// <exception cref="ArgumentException">The orders disagree and are not to be matched, or cannot be; the message tells what was found.</exception>
    public ClassMap Settle(Observations observations, ClassMap classes, ClassificationTask task, string modelFile, Action<string> warn)
    {
        var isNamed = task.ClassNames is not null;
        var subject = isNamed ? $"The names in {nameof(ClassificationTask.ClassNames)}" : $"The keys of label column '{task.LabelColumnName}'";
        var remedy = isNamed
            ? $"Give {nameof(ClassificationTask.ClassNames)} in the order of the models' outputs."
            : $"Set {nameof(ClassificationTask.ClassNames)} to the classes in the order of the models' outputs.";
        if (Doubt is not null)
        {
            var doubtful = $"{subject} seem to be in another order than the classes of the models: '{modelFile}' is right on {Correct} of {Rows} rows; " +
                $"of {Doubt.Rows} rows for which another order was found on other rows, it is right on {Doubt.Stayed} as they are and on {Doubt.Moved} in that " +
                "order. There are too few rows of each class to tell the order.";
            if (!isNamed)
            {
                throw new ArgumentException($"{doubtful} {remedy}");
            }

            // Whoever gives names may know better than a test that does not say which of them are wrong.
            warn($"{doubtful} Look whether {nameof(ClassificationTask.ClassNames)} is in the order of the models' outputs.");
            return classes;
        }

        var found = $"{subject} are in another order than the classes of the models: '{modelFile}' is right on {Correct} of {Rows} rows, and on " +
            $"{Rematched} if {Describe(classes)}.";
        if (isNamed || !task.MatchClasses)
        {
            throw new ArgumentException($"{found} {remedy}");
        }

        warn($"{found} They are matched so.");
        for (var row = 0; row < observations.Rows; row++)
        {
            ref var label = ref observations.Target(row)[0];
            label = label < 0 ? label : ClassOfLabel[(int)label];
        }

        return classes.Reorder(ClassOfLabel);
    }

    /// <summary>Says where classes go: <see cref="ClassOfLabel"/> speaks of classes as they were matched so far.</summary>
    private string Describe(ClassMap classes)
    {
        var keyOfClass = new int[classes.Count];
        for (var key = 0; key < keyOfClass.Length; key++)
        {
            keyOfClass[ClassOfLabel[classes.ClassOfKey(key)]] = key;
        }

        if (keyOfClass.Length <= 40)
        {
            return $"its classes are, in order, {string.Join(", ", keyOfClass.Select(key => classes.Names[key]))}";
        }

        var moved = Enumerable.Range(0, keyOfClass.Length).Where(c => classes.ClassOfKey(keyOfClass[c]) != c).ToList();
        return $"{moved.Count} of its {keyOfClass.Length} classes change places: " +
            $"{string.Join(", ", moved.Take(10).Select(c => $"class {c} is {classes.Names[keyOfClass[c]]}"))}{(moved.Count > 10 ? ", …" : "")}";
    }

    /// <summary>Matches the label and class that meet most often, then the next of those that are left; the same number meets the same order first.</summary>
    private static int[] Match(AnswerCounts counts)
    {
        var matched = Enumerable.Repeat(-1, counts.Classes).ToArray();
        var taken = new bool[counts.Classes];
        foreach (var ((label, answer), _) in counts.Pairs
            .OrderByDescending(pair => pair.Value)
            .ThenByDescending(pair => pair.Key.Label == pair.Key.Answer)
            .ThenBy(pair => pair.Key))
        {
            if (matched[label] < 0 && !taken[answer])
            {
                (matched[label], taken[answer]) = (answer, true);
            }
        }

        // Labels and classes that never met the rest: by their order where they can, then as they come.
        for (var label = 0; label < matched.Length; label++)
        {
            if (matched[label] < 0 && !taken[label])
            {
                (matched[label], taken[label]) = (label, true);
            }
        }

        var free = new Queue<int>(Enumerable.Range(0, matched.Length).Where(c => !taken[c]));
        for (var label = 0; label < matched.Length; label++)
        {
            matched[label] = matched[label] < 0 ? free.Dequeue() : matched[label];
        }

        return matched;
    }

    /// <summary>Undoes every cycle of classes in which there is doubt about any.</summary>
    private static void KeepSignificantCycles(int[] matched, AnswerCounts counts)
    {
        var seen = new bool[matched.Length];
        var found = matched.ToArray();
        for (var start = 0; start < found.Length; start++)
        {
            var cycle = new List<int>();
            for (var label = start; !seen[label]; label = found[label])
            {
                seen[label] = true;
                cycle.Add(label);
            }

            if (cycle.Count > 1 && !cycle.TrueForAll(label => MovesBeyondDoubt(label, found, counts)))
            {
                cycle.ForEach(label => matched[label] = label);
            }
        }
    }

    private static bool MovesBeyondDoubt(int label, int[] matched, AnswerCounts counts)
    {
        var (answer, classes) = (matched[label], matched.Length);
        var exchanges = classes * (classes - 1.0) / 2;
        return Chance(counts[label, answer], counts[label, label]) < MostChance / classes
            && Enumerable.Range(0, classes).All(other => other == label || Chance(
                counts[label, answer] + counts[other, matched[other]],
                counts[label, matched[other]] + counts[other, answer]) < MostChance / exchanges);
    }

    /// <summary>Looks whether a matching of some rows is better on others, where it is not what has been found without doubt.</summary>
    private static ClassOrderDoubt? FindDoubt(int[] settled, IReadOnlyList<LabelledAnswer> answers)
    {
        var (even, odd) = AnswerCounts.Halves(answers, settled.Length);
        var (rows, moved, stayed) = (0, 0, 0);
        var matched = Match(even);
        for (var label = 0; label < matched.Length; label++)
        {
            // Labels that the matching puts where there was room say nothing.
            if (matched[label] != settled[label] && even[label, matched[label]] > 0)
            {
                rows += odd.OfLabel(label);
                moved += odd[label, matched[label]];
                stayed += odd[label, settled[label]];
            }
        }

        return BinomialTail.AtLeast(moved + stayed, moved, MostOfHardClasses) < MostChanceOfDoubt ? new ClassOrderDoubt(rows, moved, stayed) : null;
    }

    /// <summary>Sign test: the chance of so many rows or more for one of two matchings if the other were right, which then gets at least as many.</summary>
    private static double Chance(int moved, int stayed) => moved <= stayed
        ? 1
        : stayed == 0 ? Math.ScaleB(1, -moved) : BinomialTail.AtLeast(moved + stayed, moved, 0.5);
}

/// <summary>That labels and classes are in different orders, known without knowing the order.</summary>
/// <param name="Rows">Rows of labels for which other rows say another class.</param>
/// <param name="Moved">How many of them are of that class.</param>
/// <param name="Stayed">How many of them are of the class that the order gives.</param>
internal sealed record ClassOrderDoubt(int Rows, int Moved, int Stayed);
