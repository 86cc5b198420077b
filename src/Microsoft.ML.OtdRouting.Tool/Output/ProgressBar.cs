using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Shows work on a terminal: a bar, how much is done, how many a second, and how long it will take.</summary>
internal static class ProgressBar
{
    /// <summary>Does the work under a bar, which goes away with it.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="what">What is done.</param>
    /// <param name="total">How many things to work on.</param>
    /// <param name="things">What they are called.</param>
    /// <param name="work">The work.</param>
    /// <param name="after">What is done after the last one.</param>
    public static T Run<T>(IAnsiConsole console, string what, int total, string things, Func<IProgress<int>, T> work, string? after) =>
        new Progress(console) { AutoClear = true }
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new CountColumn(), new RateColumn(things), new TimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(what), maxValue: total);
                return work(new Reporter(context, task, total, after));
            });

    private sealed class Reporter(ProgressContext context, ProgressTask task, int total, string? after) : IProgress<int>
    {
        private bool _isAfter;

        public void Report(int value)
        {
            task.Value = value;
            if (value >= total && after is not null && !_isAfter)
            {
                // A bar of its own, so that its time is not taken for that of the first.
                _isAfter = true;
                context.AddTask(Markup.Escape(after)).IsIndeterminate = true;
            }
        }
    }

    private sealed class CountColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.IsIndeterminate ? "" : string.Create(CultureInfo.InvariantCulture, $"{task.Value:F0}/{task.MaxValue:F0}"));
    }

    private sealed class RateColumn(string things) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is { } speed && !task.IsIndeterminate ? $"{ProgressLines.Rate(speed)} {things}/s" : "");
    }

    /// <summary>The time that is left, or has passed where nobody knows how much there is.</summary>
    private sealed class TimeColumn : ProgressColumn
    {
        private readonly RemainingTimeColumn _remaining = new();
        private readonly ElapsedTimeColumn _elapsed = new();

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            (task.IsIndeterminate ? (ProgressColumn)_elapsed : _remaining).Render(options, task, deltaTime);
    }
}
