namespace RoutingService.Tests;

/// <summary>All tests share one saved router, and run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class SharedRouter : ICollectionFixture<SavedRouter>
{
    public const string Name = "saved router";
}
