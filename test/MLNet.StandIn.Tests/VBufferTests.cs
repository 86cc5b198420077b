using Microsoft.ML.Data;

namespace MLNet.StandIn.Tests;

public class VBufferTests
{
    [Fact]
    public void SparseValuesAreFoundByIndex()
    {
        var sparse = new VBuffer<float>(5, 2, [7, 9], [1, 4]);
        Assert.False(sparse.IsDense);
        Assert.Equal([0f, 7f, 0f, 0f, 9f], sparse.DenseValues());
        Assert.Equal(9f, sparse.GetItemOrDefault(4));
        Assert.Equal(0f, sparse.GetItemOrDefault(0));
        Assert.Equal([1, 4], sparse.Items().Select(i => i.Key));
        float[] filled = new float[6];
        sparse.CopyTo(filled, 1, -1);
        Assert.Equal([0f, -1f, 7f, -1f, -1f, 9f], filled);

        VBuffer<float> dense = default;
        sparse.CopyToDense(ref dense);
        Assert.True(dense.IsDense);
        Assert.Equal(5, dense.GetValues().Length);
    }

    [Fact]
    public void AnEditorReusesTheBuffersItWasGiven()
    {
        float[] array = [1, 2, 3];
        var buffer = new VBuffer<float>(3, array);
        VBufferEditor<float> editor = VBufferEditor.Create(ref buffer, 2);
        Assert.False(editor.CreatedNewValues);
        editor.Values[0] = 5;
        buffer = editor.Commit();
        Assert.Equal(5, array[0]);
        Assert.Equal([5f, 2f], buffer.DenseValues());

        VBufferEditor<float> larger = VBufferEditor.Create(ref buffer, 4);
        Assert.True(larger.CreatedNewValues);
        Assert.Equal(4, larger.Commit().Length);
    }

    [Fact]
    public void LengthsAreChecked()
    {
        Assert.ThrowsAny<ArgumentException>(() => new VBuffer<int>(3, [1, 2]));
        Assert.ThrowsAny<ArgumentException>(() => new VBuffer<int>(3, 4, [1, 2, 3, 4], [0, 1, 2, 3]));
        Assert.Equal(0, default(VBuffer<int>).Length);
        Assert.True(default(VBuffer<int>).IsDense);
    }

    [Fact]
    public void TypesCompareByContent()
    {
        DataViewType matrix = new VectorDataViewType(NumberDataViewType.Single, 2, 3);
        Assert.True(new VectorDataViewType(NumberDataViewType.Single, 2, 3).Equals(matrix));
        Assert.False(new VectorDataViewType(NumberDataViewType.Single, 6).Equals(matrix));
        Assert.Equal("Vector<Single, 2, 3>", new VectorDataViewType(NumberDataViewType.Single, 2, 3).ToString());
        Assert.Equal("Key<UInt32, 0-3>", new KeyDataViewType(typeof(uint), 4).ToString());
        Assert.False(new VectorDataViewType(NumberDataViewType.Single).IsKnownSize);
        Assert.True(new KeyDataViewType(typeof(uint), 4).Equals((DataViewType)new KeyDataViewType(typeof(uint), 4)));
    }
}
