using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

public class DeterminismTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Two_fits_are_the_same_bit_for_bit() => AssertSameAsShared(colours.Options());

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    [InlineData(8)]
    public void Threads_of_the_runtime_do_not_matter(int? threads)
    {
        var options = colours.Options();
        options.Scoring.IntraOpNumThreads = threads;
        AssertSameAsShared(options);
        // More than the machine has processors, which the option alone does not give.
        options.Scoring.ConfigureSession = session => session.IntraOpNumThreads = threads ?? 0;
        AssertSameAsShared(options);
    }

    [Fact]
    public void The_order_of_the_resolutions_does_not_matter()
    {
        var options = colours.OptionsWith([.. colours.Resolutions.Reverse()]);
        AssertSameAsShared(options);
    }

    [Fact]
    public void Fits_at_the_same_time_do_not_disturb_each_other()
    {
        _ = colours.Router;
        Parallel.For(0, 3, _ => AssertSameAsShared(colours.Options()));
    }

    [Fact]
    public void Without_example_weights_and_with_equal_ones_the_shares_are_the_same()
    {
        var options = colours.Options();
        options.Fitting.ExampleWeightColumnName = "Weight";
        var rows = ColourPictures.Rows(ColourRouter.FittingRows, seed: 1);
        rows.ForEach(r => r.Weight = 2);
        var (_, weighted) = colours.Fit(options, colours.Load(rows));
        using (weighted)
        {
            Assert.All(weighted.PlannedShares.Zip(colours.Router.PlannedShares), s => Assert.Equal(s.Second, s.First, 0.01));
        }
    }

    private void AssertSameAsShared(OtdResolutionRouter.Options options)
    {
        var (_, router) = colours.Fit(options);
        using (router)
        {
            Assert.Equal(colours.Router.RoutePrices, router.RoutePrices);
            Assert.Equal(colours.Router.PlannedShares, router.PlannedShares);
            RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(colours.Test())), RoutedValues.Read(router.Transform(colours.Test())));
        }
    }
}
