namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>Changes files as disks, networks and attackers do; the same seed gives the same changes.</summary>
internal static class Mutation
{
    private static readonly byte[] Telling = [0, 1, 0x7F, 0x80, 0xFF, (byte)'"', (byte)',', (byte)'\n'];

    /// <summary>A copy with one to three changes: a bit, a byte that often means something, a piece missing, doubled, or at the end cut off.</summary>
    public static byte[] Of(byte[] file, Random random)
    {
        List<byte> bytes = [.. file];
        for (var change = random.Next(3); change >= 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 64), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = Telling[random.Next(Telling.Length)];
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A copy with one to three flipped bits.</summary>
    public static byte[] OfBits(byte[] file, Random random)
    {
        byte[] bytes = [.. file];
        for (var change = random.Next(3); change >= 0; change--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }
}
