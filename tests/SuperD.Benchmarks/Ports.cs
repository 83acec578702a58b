using System.Globalization;

namespace SuperD.Benchmarks;

/// <summary>Port numbers for the servers: below the kernel's ephemeral range, not reused soon, and not in use by a listener.</summary>
internal static class Ports
{
    private const int First = 10_000, End = 32_000;

    private static int s_next = First;

    /// <summary>The next free ports.</summary>
    public static int[] Take(int count)
    {
        HashSet<int> taken = Listening();
        var ports = new List<int>(count);
        for (int tried = 0; ports.Count < count; tried++)
        {
            if (tried > End - First)
            {
                throw new BenchException($"no {count} free ports between {First} and {End}");
            }

            if (!taken.Contains(s_next))
            {
                ports.Add(s_next);
            }

            s_next = s_next + 1 < End ? s_next + 1 : First;
        }

        return [.. ports];
    }

    /// <summary>The TCP ports with a listener on any address.</summary>
    public static HashSet<int> Listening()
    {
        // The kernel lists the listening sockets first, so stop there: a minute's worth of closed connections need not be formatted.
        var ports = new HashSet<int>();
        foreach (string table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            const string listening = "0A";
            foreach (string line in File.ReadLines(table).Skip(1))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[3] != listening)
                {
                    break;
                }

                string address = fields[1];
                ports.Add(int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
        }

        return ports;
    }
}
