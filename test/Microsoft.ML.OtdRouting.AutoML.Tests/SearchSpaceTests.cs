using Microsoft.ML.AutoML;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.OtdRouting.AutoML.Tests;

/// <summary>What is searched over, and what is made of a point of it.</summary>
public sealed class SearchSpaceTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    private static readonly string[] _all =
        [nameof(OtdRouterOption.FoldCount), nameof(OtdRouterOption.Loss), nameof(OtdRouterOption.MaxRouteSize), nameof(OtdRouterOption.PruneRoutes), nameof(OtdRouterOption.Resolutions)];

    [Fact]
    public void The_default_is_the_given_way_and_every_point_can_be_tried()
    {
        var options = colours.Options();
        (options.Fitting.FoldCount, options.Fitting.MaxRouteSize, options.Fitting.PruneRoutes) = (7, 2, false);
        options.Classification().Loss = RoutingLoss.Custom("mine", (probabilities, label, _) => 1 - probabilities[label]);
        using var trials = colours.Context.OtdRouting().CreateTrials(options, colours.WithKeys(colours.Fitting));
        var space = OtdRouterSearchSpace.Of(trials);
        Assert.Equal(_all, space.Keys.Order());
        var given = space.SampleFromFeatureSpace(space.Default);
        Assert.Equal(("", "mine", 2, 7, false), (given.Resolutions, given.Loss, given.MaxRouteSize, given.FoldCount, given.PruneRoutes));
        Assert.Equal(trials.Given.ToString(), given.ToSettings(trials).ToString());
        var random = new Random(1);
        var seen = new HashSet<string>();
        for (var i = 0; i < 6_000; i++)
        {
            var settings = space.SampleFromFeatureSpace([.. Enumerable.Range(0, space.FeatureSpaceDim).Select(_ => random.NextDouble())]).ToSettings(trials);
            Assert.Null(trials.Problem(settings));
            seen.Add(settings.ToString());
        }

        // Sets of three resolutions with the largest, losses, sizes, folds, pruning.
        Assert.Equal(3 * 5 * 4 * 3 * 2, seen.Count);
    }

    [Fact]
    public void What_the_prior_and_the_rows_leave_open_is_all_that_is_searched_over()
    {
        var options = colours.Options();
        options.Prior = RoutingPrior.Budget();
        using var trials = colours.Context.OtdRouting().CreateTrials(options, colours.WithKeys(colours.Load(ColourPictures.Rows(15, seed: 1))));
        var space = OtdRouterSearchSpace.Of(trials);
        // Ten folds need twenty rows.
        Assert.Equal([nameof(OtdRouterOption.Loss)], space.Keys);
        Assert.Equal(trials.Given.ToString(), space.SampleFromFeatureSpace(space.Default).ToSettings(trials).ToString());
        Assert.Contains("prior", trials.Problem(trials.Given with { PruneRoutes = false }));
    }

    [Fact]
    public void Twelve_resolutions_have_no_more_sets_than_AutoML_takes()
    {
        var model = ColourModels.Write(colours.Folder, 0, "any");
        var resolutions = Enumerable.Range(5, 12).Select(size => new Resolution(model, size)).ToArray();
        using var trials = colours.Context.OtdRouting().CreateTrials(colours.OptionsWith(resolutions), colours.WithKeys(colours.Load(ColourPictures.Rows(60, seed: 1))));
        foreach (var (space, all) in new[] { (OtdRouterSearchSpace.Of(trials), true), (OtdRouterSearchSpace.Of(colours.OptionsWith(resolutions)), false) })
        {
            var sets = ((ChoiceOption)space[nameof(OtdRouterOption.Resolutions)]).Choices.Select(c => c.AsType<string>()).ToList();
            Assert.InRange(sets.Count, 500, 1073);
            Assert.Equal(sets.Count, sets.Distinct().Count());
            Assert.All(sets.Where(s => s.Length > 0), s => Assert.EndsWith("+16", s));
            // A pipeline knows no costs: the smallest one stays, so that the budget can be kept.
            Assert.Equal(!all, sets.All(s => s.Length == 0 || s.StartsWith("5+", StringComparison.Ordinal)));
            Assert.Equal(all ? 11 : 10, sets.Count(s => s.Split('+').Length == 11));
        }
    }

    [Fact]
    public void Names_that_could_not_be_told_apart_are_refused()
    {
        var named = colours.OptionsWith([colours.Resolutions[0], new Resolution(colours.Resolutions[2].ModelFile, 16) { Name = "8+16" }]);
        Assert.Contains("'8+16'", Assert.Throws<ArgumentException>(() => OtdRouterSearchSpace.Of(named)).Message);
        Assert.Contains("there is no resolution '32'", Assert.Throws<ArgumentException>(() => new OtdRouterOption { Resolutions = "32+16" }.ApplyTo(colours.Options())).Message);
        Assert.Contains("no loss 'none'", Assert.Throws<ArgumentException>(() => new OtdRouterOption { Loss = "none" }.ApplyTo(colours.Options())).Message);
    }

    [Fact]
    public void The_attributes_alone_make_a_space_too()
    {
        var space = new SearchSpace<OtdRouterOption>(new OtdRouterOption());
        Assert.Equal(_all.Where(k => k != nameof(OtdRouterOption.Resolutions)), space.Keys.Order());
        var given = space.SampleFromFeatureSpace(space.Default);
        Assert.Equivalent(new OtdRouterOption(), given);
        Assert.Equal(space.Default, space.MappingToFeatureSpace(given));
    }

    [Fact]
    public void A_sweepable_router_is_made_of_a_point()
    {
        var options = colours.Options();
        var sweepable = colours.Context.Auto().CreateSweepableRouter(options);
        // Later changes of the options do not reach it.
        options.Budget = ComputeBudget.FractionOfLargest(0.9);
        var data = colours.WithKeys(colours.Fitting);
        OtdRoutingTransformer Fit(OtdRouterOption option) => (OtdRoutingTransformer)sweepable.BuildFromOption(colours.Context, Parameter.FromObject(option)).Fit(data);
        using var given = (OtdRoutingTransformer)sweepable.BuildFromOption(colours.Context, sweepable.Parameter).Fit(data);
        Assert.Equal(colours.Router.RoutePrices, given.RoutePrices);
        Assert.Equal(colours.Router.Budget, given.Budget);
        using var other = Fit(new OtdRouterOption { Resolutions = "4+16", Loss = "ZeroOne", MaxRouteSize = 2, FoldCount = 10, PruneRoutes = false });
        Assert.Equal(["4", "4+16"], other.Routes.Select(r => r.Name));
        // Every set and size can keep to the budget.
        var choices = ((ChoiceOption)sweepable.SearchSpace[nameof(OtdRouterOption.Resolutions)]).Choices;
        Assert.Equal(["", "4+16"], choices.Select(c => c.AsType<string>()).Order());
        var sizes = ((ChoiceOption)sweepable.SearchSpace[nameof(OtdRouterOption.MaxRouteSize)]).Choices;
        Assert.Equal([2, 3, 0], sizes.Select(c => c.AsType<int>()));
    }
}
