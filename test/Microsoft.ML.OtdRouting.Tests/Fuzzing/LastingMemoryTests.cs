using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>
/// Scoring goes on for years: a row takes no memory that lasts. What the runtime and native allocators keep in 10⁵ rows is measured by
/// <c>test/measure-memory.sh</c>; here is what cannot depend on them.
/// </summary>
[Collection(nameof(Doors))]
public sealed class LastingMemoryTests(ColourRouter colours, ITestOutputHelper output) : IClassFixture<ColourRouter>
{
    private const int Rows = 10_000;

    /// <summary>What collections of the runtime's own may grow by, in bytes.</summary>
    private const long Slack = 256 << 10;

    [Fact]
    public void Rows_of_a_cursor_leave_nothing_behind()
    {
        var pictures = ColourPictures.Rows(100, seed: 2);
        var data = colours.WithKeys(colours.Context.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i => pictures[i % pictures.Count])));
        var scored = colours.Router.Transform(data);
        using var cursor = scored.GetRowCursor([scored.Schema["Score"], scored.Schema["PredictedLabel"], scored.Schema["Cost"]]);
        var (score, label) = (cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]), cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]));
        VBuffer<float> scores = default;
        var key = 0u;
        void Read(int rows)
        {
            for (var row = 0; row < rows; row++)
            {
                Assert.True(cursor.MoveNext());
                score(ref scores);
                label(ref key);
            }
        }

        Read(Rows / 10);
        var (held, handles) = Held();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Read(Rows - (Rows / 10));
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        AssertSame(held, handles, $"{allocated / (0.9 * Rows):F0} bytes a row are allocated");
        Assert.InRange(allocated / (0.9 * Rows), 0, 400);
    }

    [Fact]
    public void Predictions_and_budgets_leave_nothing_behind()
    {
        var pictures = ColourPictures.Rows(100, seed: 2);
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, Answer>(colours.Router, new PredictionEngineOptions { OwnsTransformer = false });
        void Predict(int rows)
        {
            for (var row = 0; row < rows; row++)
            {
                Assert.Equal(3, engine.Predict(pictures[row % pictures.Count]).Score.Length);
            }
        }

        void Retarget(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var other = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(0.5 + (0.01 * (i % 20))));
                Assert.NotEmpty(other.Transform(colours.Test(5)).GetColumn<uint>("Route").ToList());
            }
        }

        Predict(1000);
        Retarget(30);
        var (held, handles) = Held();
        Predict(Rows);
        Retarget(200);
        AssertSame(held, handles, $"{Rows} predictions and 200 budgets");
    }

    /// <summary>Managed memory that somebody holds, and files and other handles that are open.</summary>
    private static (long Bytes, int Handles) Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var bytes = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return (bytes, process.HandleCount);
    }

    private void AssertSame(long held, int handles, string what)
    {
        var (bytes, now) = Held();
        output.WriteLine($"{what}; held are {bytes - held} bytes more than before, and {now - handles} handles.");
        Assert.InRange(bytes - held, long.MinValue, Slack);
        Assert.InRange(now - handles, int.MinValue, 8);
    }

    private sealed class Answer
    {
        public float[] Score { get; set; } = [];
    }
}
