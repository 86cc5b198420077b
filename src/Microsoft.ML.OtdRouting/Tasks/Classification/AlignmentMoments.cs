using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Sums over rows that an alignment is solved from: of the outputs x of a resolution, the outputs y of its teacher, and the coordinates h of x in some
/// directions. They add up, so that those of the rows without a fold are the sum of the other folds'.
/// </summary>
internal sealed class AlignmentMoments(int rank, int classes)
{
    private readonly double[] _coordinates = new double[rank];
    private readonly double[] _gram = new double[rank * rank];
    private readonly float[] _own = new float[classes];
    private readonly float[] _teacher = new float[classes];
    private readonly float[] _ownAlong = new float[rank * classes];
    private readonly float[] _teacherAlong = new float[rank * classes];
    private double _ownSquare;
    private double _product;
    private double _weight;

    /// <summary>Adds a row.</summary>
    /// <param name="along">h.</param>
    /// <param name="own">x, about its mean over the classes.</param>
    /// <param name="teacher">y, about its mean over the classes.</param>
    /// <param name="weight">Weight of the row.</param>
    public void Add(ReadOnlySpan<double> along, ReadOnlySpan<float> own, ReadOnlySpan<float> teacher, float weight)
    {
        _weight += weight;
        _ownSquare += weight * TensorPrimitives.SumOfSquares(own);
        _product += weight * TensorPrimitives.Dot(own, teacher);
        TensorPrimitives.MultiplyAdd(own, weight, _own, _own);
        TensorPrimitives.MultiplyAdd(teacher, weight, _teacher, _teacher);
        for (var j = 0; j < rank; j++)
        {
            var factor = weight * along[j];
            _coordinates[j] += factor;
            var gram = _gram.AsSpan(j * rank, rank);
            TensorPrimitives.MultiplyAdd(along, factor, gram, gram);
            var ownAlong = _ownAlong.AsSpan(j * classes, classes);
            var teacherAlong = _teacherAlong.AsSpan(j * classes, classes);
            TensorPrimitives.MultiplyAdd(own, (float)factor, ownAlong, ownAlong);
            TensorPrimitives.MultiplyAdd(teacher, (float)factor, teacherAlong, teacherAlong);
        }
    }

    /// <summary>The moments of all rows of several.</summary>
    public static AlignmentMoments Sum(IEnumerable<AlignmentMoments> parts)
    {
        AlignmentMoments? sum = null;
        foreach (var part in parts)
        {
            sum ??= new AlignmentMoments(part._coordinates.Length, part._own.Length);
            sum.Add(part);
        }

        return sum!;
    }

    /// <summary>
    /// The correction <c>γ(ȳ/s − x̄) + Bᵀ(h − h̄)</c>, with B the ridge regression of <c>y/s − x</c> on h, and s the slope of y on x.
    /// </summary>
    /// <param name="penalty">Ridge penalty, as a multiple of the mean variance along a direction; infinite for no matrix.</param>
    /// <param name="part">γ.</param>
    /// <returns>The correction; null where x says nothing of y.</returns>
    public Correction? Solve(double penalty, double part)
    {
        if (!(_weight > 0))
        {
            return null;
        }

        var (ownMean, teacherMean) = (Divide(_own), Divide(_teacher));
        var variance = _ownSquare - (_weight * TensorPrimitives.SumOfSquares<float>(ownMean));
        var slope = (_product - (_weight * TensorPrimitives.Dot<float>(ownMean, teacherMean))) / variance;
        if (!(variance > 0 && slope > 1e-6))
        {
            return null;
        }

        var offset = new float[classes];
        for (var c = 0; c < classes; c++)
        {
            offset[c] = (float)(part * ((teacherMean[c] / slope) - ownMean[c]));
        }

        return double.IsFinite(penalty) ? WithMatrix(penalty, offset, ownMean, teacherMean, slope) : new Correction(Alignment.Round(offset), []);
    }

    private Correction WithMatrix(double penalty, float[] offset, float[] ownMean, float[] teacherMean, double slope)
    {
        var mean = _coordinates.Select(c => c / _weight).ToArray();
        var gram = new double[rank * rank];
        var trace = 0.0;
        for (var i = 0; i < rank; i++)
        {
            for (var j = 0; j < rank; j++)
            {
                gram[(i * rank) + j] = _gram[(i * rank) + j] - (_weight * mean[i] * mean[j]);
            }

            trace += gram[(i * rank) + i];
        }

        for (var i = 0; i < rank; i++)
        {
            gram[(i * rank) + i] += (penalty * trace / rank) + 1e-12;
        }

        var factor = new CholeskyFactor(gram, rank);
        var matrix = new float[rank * classes];
        var column = new double[rank];
        for (var c = 0; c < classes; c++)
        {
            var difference = _weight * ((teacherMean[c] / slope) - ownMean[c]);
            for (var j = 0; j < rank; j++)
            {
                column[j] = (_teacherAlong[(j * classes) + c] / slope) - _ownAlong[(j * classes) + c] - (mean[j] * difference);
            }

            factor.Solve(column);
            for (var j = 0; j < rank; j++)
            {
                matrix[(j * classes) + c] = (float)column[j];
                offset[c] -= (float)(column[j] * mean[j]);
            }
        }

        return new Correction(Alignment.Round(offset), Alignment.Round(matrix));
    }

    private void Add(AlignmentMoments other)
    {
        _weight += other._weight;
        _ownSquare += other._ownSquare;
        _product += other._product;
        TensorPrimitives.Add(_coordinates, other._coordinates, _coordinates);
        TensorPrimitives.Add(_gram, other._gram, _gram);
        TensorPrimitives.Add(_own, other._own, _own);
        TensorPrimitives.Add(_teacher, other._teacher, _teacher);
        TensorPrimitives.Add(_ownAlong, other._ownAlong, _ownAlong);
        TensorPrimitives.Add(_teacherAlong, other._teacherAlong, _teacherAlong);
    }

    private float[] Divide(float[] sum)
    {
        var mean = new float[sum.Length];
        TensorPrimitives.Divide(sum, (float)_weight, mean);
        return mean;
    }
}
