using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

public class ClassMapTests
{
    private static readonly string[] Names = ["red", "green", "blue"];

    [Fact]
    public void Keys_in_order_of_occurrence_are_matched_by_name()
    {
        var map = ClassMap.Match(Label("blue", "red", "green"), 3, Names);
        Assert.Equal(["blue", "red", "green"], map.Names);
        Assert.Equal([2, 0, 1], Enumerable.Range(0, 3).Select(map.ClassOfKey));
        Assert.False(map.IsIdentity);
        var byKey = new float[3];
        map.ToKeyOrder([10, 20, 30], byKey);
        Assert.Equal([30, 10, 20], byKey);
    }

    [Fact]
    public void Without_names_class_and_key_are_the_same()
    {
        var map = ClassMap.Match(Label("blue", "red", "green"), 3, null);
        Assert.True(map.IsIdentity);
        Assert.Equal(["blue", "red", "green"], map.Names);
    }

    [Fact]
    public void Keys_whose_values_are_numbers_are_matched_by_their_text()
    {
        var map = ClassMap.Match(Label<int>(NumberDataViewType.Int32, 7, 3, 5), 3, ["3", "5", "7"]);
        Assert.Equal(["7", "3", "5"], map.Names);
        Assert.Equal([2, 0, 1], Enumerable.Range(0, 3).Select(map.ClassOfKey));
        Assert.Equal(["0.5", "1.5"], ClassMap.Match(Label(NumberDataViewType.Single, 0.5f, 1.5f), 2, null).Names);
        Assert.Equal(["True", "False"], ClassMap.Match(Label<bool>(BooleanDataViewType.Instance, true, false), 2, null).Names);
    }

    [Fact]
    public void Disagreement_names_both_lists()
    {
        var e = Assert.Throws<ArgumentException>(() => ClassMap.Match(Label("blue", "pink", "green"), 3, Names));
        Assert.Contains("'Label'", e.Message);
        Assert.Contains("ClassNames: red, green, blue", e.Message);
        Assert.Contains("Keys: blue, pink, green", e.Message);
    }

    [Fact]
    public void Missing_classes_name_the_keys_that_are_there()
    {
        var e = Assert.Throws<ArgumentException>(() => ClassMap.Match(Label("blue", "red"), 3, null));
        Assert.Contains("blue, red", e.Message);
        Assert.Contains("ClassNames", e.Message);
    }

    [Fact]
    public void Classes_that_the_label_lacks_come_behind_its_keys_in_the_order_of_the_names()
    {
        var map = ClassMap.Match(Label("blue", "green"), 5, ["red", "green", "yellow", "blue", "white"]);
        Assert.Equal(["blue", "green", "red", "yellow", "white"], map.Names);
        Assert.Equal([3, 1, 0, 2, 4], Enumerable.Range(0, 5).Select(map.ClassOfKey));
    }

    [Fact]
    public void Keys_without_a_name_are_listed_also_where_classes_are_missing()
    {
        var e = Assert.Throws<ArgumentException>(() => ClassMap.Match(Label("pink", "grey"), 3, Names));
        Assert.Contains("pink, grey are not among the names", e.Message);
    }

    [Fact]
    public void Wrong_number_of_names()
    {
        var e = Assert.Throws<ArgumentException>(() => ClassMap.Match(Label("red", "green"), 3, ["red", "green"]));
        Assert.Contains("ClassNames has 2 names (red, green), but the models have 3 classes", e.Message);
    }

    [Fact]
    public void Name_that_is_given_twice()
    {
        var e = Assert.Throws<ArgumentException>(() => ClassMap.Match(Label("red", "green", "blue"), 3, ["red", "green", "red"]));
        Assert.Contains("'red' twice", e.Message);
    }

    private static DataViewSchema.Column Label(params string[] keys) =>
        Label(TextDataViewType.Instance, keys.Select(k => k.AsMemory()).ToArray());

    private static DataViewSchema.Column Label<T>(PrimitiveDataViewType type, params T[] keys)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        var values = new VBuffer<T>(keys.Length, keys);
        annotations.Add(
            "KeyValues",
            new VectorDataViewType(type, keys.Length),
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => values.CopyTo(ref value)));
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Label", new KeyDataViewType(typeof(uint), keys.Length), annotations.ToAnnotations());
        return schema.ToSchema()["Label"];
    }
}
