using System.Text;

namespace SuperD.Benchmarks.Attack;

/// <summary>Turns good input into bad with a few changes, so that most of it still parses and exercises later stages.</summary>
internal static class Mutator
{
    private const int Longest = 64 * 1024;

    private static readonly byte[] s_interesting = [.. "\0\u0001\t\n\r \"#',-./:=@[\\]{}\u007f"u8, 128, 192, 194, 237, 244, 254, 255];

    private static readonly string[] s_texts =
        [
            "0", "-1", "65535", "65536", "2147483648", "4294967296", "-9223372036854775808", "99999999999999999999", "0x7fffffff", "1e999",
            "nan", "%s%n", "\u202e", "../",
        ];

    private static readonly byte[][] s_pieces = [.. s_texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The same random numbers produce the same result.</summary>
    /// <param name="others">Other good input to take pieces from.</param>
    public static byte[] Mutate(byte[] good, Random random, params byte[][] others)
    {
        List<byte> bytes = [.. good];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            Change(bytes, random, others);
        }

        return bytes.Count > Longest ? [.. bytes.Take(Longest)] : [.. bytes];
    }

    private static void Change(List<byte> bytes, Random random, byte[][] others)
    {
        int at = random.Next(bytes.Count + 1), length = random.Next(1, 17);
        int there = Math.Min(length, bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = s_interesting[random.Next(s_interesting.Length)];
                break;
            case 2:
                bytes.RemoveRange(at, there);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, there));
                break;
            case 4:
                bytes.InsertRange(at, Enumerable.Repeat(s_interesting[random.Next(s_interesting.Length)], 1 << random.Next(14)));
                break;
            case 5:
                byte[] noise = new byte[length];
                random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 6 when others.Length > 0:
                byte[] other = others[random.Next(others.Length)];
                int from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + (length * 4))]);
                break;
            case 7 when random.Next(3) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                bytes.InsertRange(at, s_pieces[random.Next(s_pieces.Length)]);
                break;
        }
    }
}
