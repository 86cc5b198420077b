namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>What a query finds in a gallery. Belongs to one thread.</summary>
internal sealed class Neighbours
{
    /// <summary>Neighbours that are kept.</summary>
    public const int Most = 10;

    private readonly int[] _images = new int[Most];
    private readonly float[] _similarities = new float[Most];
    private float[] _keys = [];
    private int[] _order = [];

    /// <summary>The nearest images, nearest first; of equally near ones the earlier.</summary>
    public ReadOnlySpan<int> Images => _images.AsSpan(0, Count);

    /// <summary>Their similarities.</summary>
    public ReadOnlySpan<float> Similarities => _similarities.AsSpan(0, Count);

    /// <summary>How many there are: <see cref="Most"/>, or all of a smaller gallery.</summary>
    public int Count { get; private set; }

    /// <summary>Finds the nearest images.</summary>
    /// <param name="similarities">Cosines with all images.</param>
    /// <param name="self">The image that is the query itself; −1 for none.</param>
    public void Find(ReadOnlySpan<float> similarities, int self)
    {
        Count = 0;
        var least = float.NegativeInfinity;
        for (var i = 0; i < similarities.Length; i++)
        {
            var similarity = similarities[i];
            if ((Count == Most && similarity <= least) || i == self)
            {
                continue;
            }

            var place = Count == Most ? Most - 1 : Count++;
            for (; place > 0 && _similarities[place - 1] < similarity; place--)
            {
                _similarities[place] = _similarities[place - 1];
                _images[place] = _images[place - 1];
            }

            (_similarities[place], _images[place]) = (similarity, i);
            least = _similarities[Count - 1];
        }
    }

    /// <summary>Whether one of the first neighbours has a label.</summary>
    public bool Holds(GalleryImages gallery, float label, int first)
    {
        foreach (var image in Images[..Math.Min(first, Count)])
        {
            if (gallery.LabelOf(image) == label)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Share of other labels among the neighbours, each weighing one over its rank; 1 without neighbours.</summary>
    public float OtherLabels(GalleryImages gallery, float label)
    {
        float other = 0, total = 0;
        for (var n = 0; n < Count; n++)
        {
            other += gallery.LabelOf(_images[n]) == label ? 0 : 1f / (n + 1);
            total += 1f / (n + 1);
        }

        return total > 0 ? other / total : 1;
    }

    /// <summary>
    /// How much nearer the nearest image is than the next that would be another answer: of another label where labels are known, else the second.
    /// </summary>
    public float Margin(GalleryImages gallery, ReadOnlySpan<float> similarities, int self)
    {
        if (Count == 0)
        {
            return 0;
        }

        if (!gallery.HasLabels)
        {
            return Count > 1 ? _similarities[0] - _similarities[1] : 2;
        }

        var label = gallery.LabelOf(_images[0]);
        for (var n = 1; n < Count; n++)
        {
            if (gallery.LabelOf(_images[n]) != label)
            {
                return _similarities[0] - _similarities[n];
            }
        }

        var best = -1f;
        for (var i = 0; i < similarities.Length; i++)
        {
            best = similarities[i] > best && i != self && gallery.LabelOf(i) != label ? similarities[i] : best;
        }

        return _similarities[0] - best;
    }

    /// <summary>
    /// Average precision: the mean, over the images with the query's label, of the share of that label among the images that are no farther. 0 where
    /// there are none.
    /// </summary>
    public float AveragePrecision(GalleryImages gallery, ReadOnlySpan<float> similarities, int self, float label)
    {
        if (_keys.Length < similarities.Length)
        {
            (_keys, _order) = (new float[similarities.Length], new int[similarities.Length]);
        }

        // Ascending of what is negated, so that the nearest come first; equal ones in an order that is the same whenever it is asked for.
        var count = 0;
        for (var i = 0; i < similarities.Length; i++)
        {
            if (i != self)
            {
                (_keys[count], _order[count++]) = (-similarities[i], i);
            }
        }

        _keys.AsSpan(0, count).Sort(_order.AsSpan(0, count));
        int found = 0;
        var sum = 0.0;
        for (var rank = 1; rank <= count; rank++)
        {
            if (gallery.LabelOf(_order[rank - 1]) == label)
            {
                sum += (double)++found / rank;
            }
        }

        return found == 0 ? 0 : (float)(sum / found);
    }

    /// <summary>Share of some images among the neighbours; 1 where there are none.</summary>
    public float Share(ReadOnlySpan<int> images)
    {
        var found = 0;
        foreach (var image in images)
        {
            found += Images.Contains(image) ? 1 : 0;
        }

        return images.IsEmpty ? 1 : (float)found / images.Length;
    }
}
