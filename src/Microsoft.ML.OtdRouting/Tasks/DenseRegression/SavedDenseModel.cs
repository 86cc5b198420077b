namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Fitted maps of routes, as they are saved.</summary>
internal sealed partial class SavedDenseModel
{
    /// <summary>The message of a model.</summary>
    public static SavedDenseModel Of(DenseModel model) => new()
    {
        Routes =
        {
            model.Mixes.Zip(model.Doubts, (mix, doubt) => new SavedRouteMix
            {
                Factors = { mix.Factors },
                Offset = mix.Offset,
                Doubt = new SavedMapDoubt { Constant = doubt.Constant, OfRoughness = doubt.OfRoughness, OfDistance = doubt.OfDistance },
            }),
        },
    };

    /// <summary>Makes the model of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public DenseModel ToModel(BoundDenseRegression task, int firstLook, IReadOnlyList<Route> routes)
    {
        if (Routes.Count != routes.Count)
        {
            throw new InvalidDataException($"it has maps of {Routes.Count} routes for {routes.Count}");
        }

        for (var k = 0; k < routes.Count; k++)
        {
            if (Routes[k].Factors.Count != routes[k].Resolutions.Count || !Routes[k].Factors.All(float.IsFinite) || !float.IsFinite(Routes[k].Offset))
            {
                throw new InvalidDataException(
                    $"route {routes[k].Name} has {routes[k].Resolutions.Count} members and {Routes[k].Factors.Count} factors, or a number is not finite");
            }

            if (Routes[k].Doubt is not { } doubt || !float.IsFinite(doubt.Constant) || !float.IsFinite(doubt.OfRoughness) || !float.IsFinite(doubt.OfDistance))
            {
                throw new InvalidDataException($"route {routes[k].Name} has no doubt, or a number of it is not finite");
            }
        }

        return new DenseModel(
            task,
            firstLook,
            routes,
            Routes.Select(r => new RouteMix([.. r.Factors], r.Offset)).ToArray(),
            Routes.Select(r => new MapDoubt(r.Doubt.Constant, r.Doubt.OfRoughness, r.Doubt.OfDistance)).ToArray());
    }
}
