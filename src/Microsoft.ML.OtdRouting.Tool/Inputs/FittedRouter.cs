using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>A model that <c>otd fit</c> has saved, loaded with its full router.</summary>
internal sealed class FittedRouter : IDisposable
{
    private readonly TransformerChain<ITransformer> _chain;

    private FittedRouter(string file, TransformerChain<ITransformer> chain, DataViewSchema inputSchema)
    {
        File = file;
        _chain = chain;
        Router = chain.OfType<OtdRoutingTransformer>().Single();
        DataViewSchema scored = chain.GetOutputSchema(inputSchema);
        Task = TaskArgument.Of(scored, file);
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.GetColumnOrNull("PredictedLabel")?.GetKeyValues(ref names);
        Classes = [.. names.DenseValues().Select(n => n.ToString())];
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The chain: paths of images in, classes out.</summary>
    public ITransformer Chain => new TransformerChain<ITransformer>([.. _chain.Select(step => step is OtdRoutingTransformer ? Router : step)]);

    /// <summary>The router in it.</summary>
    public OtdRoutingTransformer Router { get; private set; }

    /// <summary>The task that it is fitted for.</summary>
    public ToolTask Task { get; }

    /// <summary>Names of the classes, in the order of the scores; empty where the task has none.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary><c>--fitted</c>.</summary>
    public static Option<string> Option() => new("--fitted", "-f") { Description = "Router that otd fit has saved.", HelpName = "model.zip", Required = true };

    /// <summary>Loads a file.</summary>
    /// <param name="context">The context.</param>
    /// <param name="file">The file.</param>
    /// <param name="threads">Threads inside an operator; null for the choice of ONNX Runtime.</param>
    /// <exception cref="DataException">The file does not exist, or does not take paths of images.</exception>
    public static FittedRouter Load(MLContext context, string file, int? threads)
    {
        InputFile.Require(file, "a router that otd fit has saved");

        TransformerChain<ITransformer> chain = context.OtdRouting().Load(file, out DataViewSchema inputSchema, new ScoringOptions { IntraOpNumThreads = threads });
        try
        {
            return inputSchema?.GetColumnOrNull(ImageList.PathColumn) is { Type: TextDataViewType }
                ? new FittedRouter(file, chain, inputSchema)
                : throw new DataException(
                    $"{file} does not take the paths of images in a column {ImageList.PathColumn}; its columns are " +
                    $"{(inputSchema is null ? "not saved" : string.Join(", ", inputSchema.Select(c => c.Name)))}. Expected a router that otd fit has saved.");
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    /// <summary>Sets prices for another budget than that of the fit.</summary>
    /// <param name="budget">The budget; null for that of the fit.</param>
    /// <param name="unit">Its unit, as <c>--budget-unit</c> has it.</param>
    public void SetBudget(double? budget, string unit)
    {
        if (budget is { } value)
        {
            using OtdRoutingTransformer old = Router;
            Router = old.WithBudget(BudgetArgument.ToBudget(value, unit));
        }
    }

    /// <summary>Changes what becomes of rows that fail.</summary>
    /// <param name="action">The action; null for what was saved.</param>
    public void SetRowFailure(RowFailureAction? action)
    {
        if (action is { } value)
        {
            using OtdRoutingTransformer old = Router;
            Router = old.WithRowFailure(value);
        }
    }

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        Router.Dispose();
        _chain.Dispose();
    }
}
