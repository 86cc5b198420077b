using Microsoft.ML.OtdRouting.Training.Routing;
using Microsoft.ML.OtdRouting.Training.Trainer;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>
/// Trains one network for several input sizes, writes it as one ONNX file a size, and fits a router over them on the rows that training has kept back.
/// </summary>
/// <remarks>
/// What is fitted is an ordinary <see cref="OtdRoutingTransformer"/>, which knows the files and nothing of TorchSharp: it scores, is saved and is loaded without it. The
/// columns, their types and what the router needs are those of <see cref="OtdResolutionRouter"/>.
/// </remarks>
public sealed class OtdTrainingRouter : IEstimator<OtdRoutingTransformer>
{
    private readonly TrainingOptions _training;
    private readonly OtdResolutionRouter.Options _router;
    private readonly OtdRoutingCatalog _catalog;

    internal OtdTrainingRouter(TrainingOptions training, OtdResolutionRouter.Options router, OtdRoutingCatalog catalog)
    {
        training.Validate();
        _training = training.Freeze();
        if (_training.HeldBackFraction == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(training), training.HeldBackFraction, $"{nameof(training.HeldBackFraction)} is 0; it must be positive here: the router is fitted on images that the networks were not trained on.");
        }

        _router = Complete(router, _training);
        _router.Validate();
        _catalog = catalog;
    }

    /// <summary>Trains, writes the files, and fits the router on the rows kept back.</summary>
    /// <param name="input">Images and labels; read twice, the second time only what was kept back.</param>
    /// <returns>The router; it owns ONNX Runtime sessions, dispose it when done.</returns>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">An image cannot be read, or there are too few of them, in all or of a class.</exception>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public OtdRoutingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var trained = _catalog.Train(_training, input);
        return _catalog.Route(_router).Fit(new RowSubset(input, trained.HeldBackRows));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _catalog.Route(_router).GetOutputSchema(inputSchema);

    /// <summary>The router's options with the files that training will have written, and with what both must agree on.</summary>
    private static OtdResolutionRouter.Options Complete(OtdResolutionRouter.Options router, TrainingOptions training)
    {
        if (router.Resolutions.Count > 0)
        {
            throw new ArgumentException(
                $"{nameof(router.Resolutions)} has {router.Resolutions.Count}; it must be empty here: the resolutions are those that are trained.", nameof(router));
        }

        var complete = router.Freeze();
        foreach (var size in training.Sizes)
        {
            complete.Resolutions.Add(training.ResolutionOf(size));
        }

        (complete.ImageColumnName, complete.ImageFit, complete.Decoding) = (training.ImageColumnName, training.ImageFit, training.Decoding);
        complete.CancellationToken = training.CancellationToken;
        if (complete.Task is ClassificationTask task)
        {
            task.LabelColumnName = training.LabelColumnName;
        }

        return complete;
    }
}
