using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

/// <summary>
/// Logits of many classes, made up: the largest resolution knows the class of nearly every row; the smallest says the same through a distortion of low
/// rank, the same for all rows; the middle one says nothing.
/// </summary>
public sealed class ManyClasses : IDisposable
{
    public const int Classes = 80;
    public const int Rows = 300;
    private const int Kinds = 6;

    private readonly ScratchFolder _folder = new();

    public ManyClasses()
    {
        Scorers = new ScorerSet(ColourModels.Write(_folder.Path), ImageFit.CenterCrop, new ScoringOptions(), _ => { });
        Task = Bind(Classes);
        Fitting = Read(Task, seed: 1);
        Test = Read(Task, seed: 2);
    }

    internal ScorerSet Scorers { get; }

    internal BoundClassification Task { get; }

    internal Observations Fitting { get; }

    internal Observations Test { get; }

    /// <summary>A task whose labels are in the order of the classes.</summary>
    internal BoundClassification Bind(int classes, ClassificationTeacher? teacher = null) => new(
        new ClassificationTask { Teacher = teacher },
        new ClassMap(ClassMap.Positions(classes), Enumerable.Range(0, classes).ToArray()),
        new KeyDataViewType(typeof(uint), classes),
        null,
        Scorers);

    /// <summary>Rows of a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="seed">Seed of the rows; the distortion is always the same.</param>
    /// <param name="shift">What is added to all logits of a row, by its number and its resolution.</param>
    internal static Observations Read(BoundClassification task, int seed, Func<int, int, float>? shift = null)
    {
        var classes = task.Classes.Count;
        var (world, random) = (new Random(100), new Random(seed));
        var offset = Enumerable.Range(0, classes).Select(_ => (float)(1.5 * Normal(world))).ToArray();
        // Kinds that classes share, as animals and vehicles do, and what the smallest resolution mistakes them for.
        var kinds = Draw(world, Kinds * classes).Select(x => x > 0 ? 1f : -1).ToArray();
        var mistaken = Draw(world, Kinds * classes);
        var observations = new Observations(task, 3, foldCount: 5, hasWeights: true);
        for (var row = 0; row < Rows; row++)
        {
            var label = random.Next(classes);
            var place = new RowPlace(random.Next(5), random.Next((int)RowPlace.Modulus));
            observations.AddRow(place, 0.5f + (row % 3))[0] = label;
            var largest = Draw(random, classes);
            largest[label] += 4;
            var distorted = Draw(random, classes).Select((noise, c) => (0.5f * noise) + largest[c] + offset[c]).ToArray();
            for (var j = 0; j < Kinds; j++)
            {
                for (var c = 0; c < classes; c++)
                {
                    var like = 0.7f * kinds[(j * classes) + label];
                    largest[c] += like * kinds[(j * classes) + c];
                    distorted[c] += like * (kinds[(j * classes) + c] + mistaken[(j * classes) + c]);
                }
            }

            float[][] outputs = [distorted, Draw(random, classes), largest];
            for (var r = 0; r < outputs.Length; r++)
            {
                // The first model of the scorers has no embedding: what is kept are the logits.
                observations.AddKept(r, outputs[r].Select(z => z + (shift?.Invoke(row, r) ?? 0)).ToArray());
            }
        }

        return observations;
    }

    public void Dispose()
    {
        Scorers.Dispose();
        _folder.Dispose();
    }

    private static float[] Draw(Random random, int count) => Enumerable.Range(0, count).Select(_ => (float)Normal(random)).ToArray();

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
