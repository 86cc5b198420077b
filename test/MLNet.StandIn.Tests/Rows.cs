using Microsoft.ML.Data;

namespace MLNet.StandIn.Tests;

public sealed class Item
{
    public string Name { get; set; } = "";

    public float Value { get; set; }

    [VectorType(2)]
    public float[] Pair { get; set; } = [0, 0];
}

public sealed class ItemValue
{
    public float Value { get; set; }
}

public sealed class Doubled
{
    public float Twice { get; set; }

    public float Plus { get; set; }
}

public sealed class DoubledItem
{
    public string Name { get; set; } = "";

    public float Twice { get; set; }
}

public static class Items
{
    public static Item[] Make(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Item { Name = "n" + (i % 3), Value = i, Pair = [i, -i] })];
}
