using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Admission;

/// <summary>A set of prefixes that quickly finds the longest one that contains an address. Immutable; any thread.</summary>
/// <remarks>
/// Two prefixes are nested or disjoint; they never overlap partly. They therefore cut the address space into stretches with one answer
/// each. The stretches are laid out once, in order, and a lookup is one binary search: about 18 steps for 100,000 prefixes.
/// </remarks>
internal sealed class AddressList
{
    /// <summary>The result for an address that no prefix contains.</summary>
    public const int NoMatch = -1;

    private readonly Stretches _v4;
    private readonly Stretches _v6;

    /// <summary>Lays out the stretches.</summary>
    public AddressList(IEnumerable<IpPrefix> prefixes)
    {
        ILookup<bool, IpPrefix> byFamily = prefixes.ToLookup(prefix => prefix.IsV6);
        _v4 = new Stretches(byFamily[false]);
        _v6 = new Stretches(byFamily[true]);
    }

    /// <summary>The length of the longest prefix that contains the address; <see cref="NoMatch"/> if none does.</summary>
    public int LongestMatch(InetEndPoint peer) => (peer.IsV6 ? _v6 : _v4).LengthAt(peer.AddressBits);

    /// <summary>One address family: where each stretch begins, and the length of the longest prefix on it.</summary>
    private sealed class Stretches
    {
        private readonly UInt128[] _starts;
        private readonly short[] _lengths;

        public Stretches(IEnumerable<IpPrefix> prefixes)
        {
            var starts = new List<UInt128>();
            var lengths = new List<short>();
            var around = new Stack<IpPrefix>();

            // A shorter prefix comes before the longer ones that begin at the same address.
            foreach (IpPrefix prefix in prefixes.OrderBy(prefix => prefix.Address).ThenBy(prefix => prefix.Length))
            {
                Leave(past: prefix.Address);
                around.Push(prefix);
                Begin(prefix.Address, prefix.Length);
            }

            Leave(past: null);
            _starts = [.. starts];
            _lengths = [.. lengths];

            void Leave(UInt128? past)
            {
                while (around.TryPeek(out IpPrefix inner) && (past is null || inner.Last < past))
                {
                    around.Pop();
                    if (inner.Last != UInt128.MaxValue)
                    {
                        Begin(inner.Last + 1, around.TryPeek(out IpPrefix outer) ? outer.Length : NoMatch);
                    }
                }
            }

            void Begin(UInt128 start, int length)
            {
                if (starts.Count > 0 && starts[^1] == start)
                {
                    lengths[^1] = (short)length;
                    return;
                }

                starts.Add(start);
                lengths.Add((short)length);
            }
        }

        public int LengthAt(UInt128 address)
        {
            int index = Array.BinarySearch(_starts, address);
            index = index >= 0 ? index : ~index - 1;
            return index < 0 ? NoMatch : _lengths[index];
        }
    }
}
