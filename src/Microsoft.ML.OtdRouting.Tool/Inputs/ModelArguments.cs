using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>The options that say what the models are: files and sizes, what they take, what they answer.</summary>
internal sealed class ModelArguments
{
    private readonly Option<ModelArgument[]> _models;
    private readonly PreprocessingArguments _preprocessing = new();
    private readonly Option<string> _output = new("--output")
    {
        Description = "What the models answer with: logits, or probabilities where their last operator is a softmax.",
        DefaultValueFactory = _ => "logits",
    };

    private readonly Option<int?> _background = new("--background")
    {
        Description = "Index, from 0, of an output that is no class: models with 1001 outputs for 1000 classes have a background at 0 as a rule.",
        HelpName = "INDEX",
        CustomParser = Index,
    };

    /// <param name="least">How often <c>--model</c> must be given at least.</param>
    public ModelArguments(int least)
    {
        _models = ModelArgument.Option(least);
        _output.AcceptOnlyFromAmong("logits", "probabilities");
    }

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_models, .. _preprocessing.Options, _output, _background];

    /// <summary>Those of them that say what classifiers answer with.</summary>
    public IEnumerable<Option> Answers => [_output, _background];

    /// <summary>The models as the library takes them.</summary>
    /// <exception cref="Output.UsageException">The options make no sense together.</exception>
    public IReadOnlyList<Resolution> ReadResolutions(ParseResult options)
    {
        ImagePreprocessing preprocessing = _preprocessing.Read(options);
        ModelOutputKind kind = options.GetValue(_output) == "probabilities" ? ModelOutputKind.Probabilities : ModelOutputKind.Logits;
        return [.. (options.GetValue(_models) ?? []).Select(m => m.ToResolution(preprocessing, kind))];
    }

    /// <summary>The output that is no class; null for none.</summary>
    public int? Background(ParseResult options) => options.GetValue(_background);

    /// <summary>A router between the models, for the images of an <see cref="ImageList"/>; its task is still to be said.</summary>
    /// <param name="options">The command line.</param>
    /// <exception cref="Output.UsageException">The options make no sense together.</exception>
    public OtdResolutionRouter.Options ReadRouter(ParseResult options)
    {
        OtdResolutionRouter.Options router = new() { ImageColumnName = ImageList.PathColumn };
        foreach (Resolution resolution in ReadResolutions(options))
        {
            router.Resolutions.Add(resolution);
        }

        return router;
    }

    private static int? Index(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return index;
        }

        result.AddError($"--background is '{text}'; expected the index of an output, counted from 0.");
        return null;
    }
}
