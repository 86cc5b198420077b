namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// Weights of a mean, at least 0 with the sum 1: the direction of the least of <c>wᵀGw − 2bᵀw</c>, without those members that would count against the mean, left out one by one.
/// </summary>
internal static class MeanWeights
{
    /// <summary>Finds the weights.</summary>
    /// <param name="members">Which members there are, by numbers that <paramref name="gram"/> and <paramref name="linear"/> know; at least one.</param>
    /// <param name="gram">G: mean product of two members, symmetric; positive definite with the ridge.</param>
    /// <param name="ridge">What is added to the diagonal; positive.</param>
    /// <param name="linear">b: mean product of a member with what the mean is to come near.</param>
    /// <returns>One weight a member; equal ones of those that are left where nothing speaks for any.</returns>
    public static float[] Of(IReadOnlyList<int> members, Func<int, int, double> gram, double ridge, Func<int, double> linear)
    {
        var left = members.ToList();
        while (true)
        {
            var matrix = new double[left.Count * left.Count];
            for (var i = 0; i < matrix.Length; i++)
            {
                matrix[i] = gram(left[i / left.Count], left[i % left.Count]) + (i % (left.Count + 1) == 0 ? ridge : 0);
            }

            var solution = left.Select(linear).ToArray();
            new CholeskyFactor(matrix, left.Count).Solve(solution);
            if (left.Count > 1 && solution.Any(w => w < 0))
            {
                left.RemoveAt(Array.IndexOf(solution, solution.Min()));
                continue;
            }

            var sum = solution.Sum();
            return [.. members.Select(m => left.IndexOf(m) is >= 0 and var place ? (float)(sum > 0 ? solution[place] / sum : 1.0 / left.Count) : 0)];
        }
    }
}
