using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Admission;

/// <summary>A number for each address, made from numbers of prefixes. Immutable; any thread.</summary>
/// <remarks>
/// Two prefixes are nested or disjoint; they never overlap partly. They therefore cut the address space into stretches with one answer
/// each. The stretches are laid out once, in order, and a lookup is one binary search: about 18 steps for 100,000 prefixes.
/// </remarks>
internal sealed class AddressMap
{
    /// <summary>The result for an address that no prefix contains.</summary>
    public const int None = -1;

    private readonly Stretches _v4;
    private readonly Stretches _v6;

    /// <summary>Lays out the stretches.</summary>
    /// <param name="items">The prefixes with their numbers, 0 or more.</param>
    /// <param name="inner">The number inside a prefix, from that around it and its own.</param>
    public AddressMap(IEnumerable<(IpPrefix Prefix, int Number)> items, Func<int, int, int> inner)
    {
        // A shorter prefix comes before the longer ones that begin at the same address.
        (IpPrefix Prefix, int Number)[] sorted = [.. items];
        Array.Sort(sorted, (one, other) => one.Prefix.Address.CompareTo(other.Prefix.Address) is var order and not 0
            ? order
            : one.Prefix.Length.CompareTo(other.Prefix.Length));
        _v4 = new Stretches(sorted, isV6: false, inner);
        _v6 = new Stretches(sorted, isV6: true, inner);
    }

    /// <summary>The number of an address; <see cref="None"/> if no prefix contains it.</summary>
    public int Find(InetEndPoint peer) => (peer.IsV6 ? _v6 : _v4).NumberAt(peer.AddressBits);

    /// <summary>One address family: where each stretch begins, and the number on it.</summary>
    private sealed class Stretches
    {
        private readonly UInt128[] _starts;
        private readonly int[] _numbers;

        public Stretches((IpPrefix Prefix, int Number)[] sorted, bool isV6, Func<int, int, int> inner)
        {
            var starts = new List<UInt128>();
            var numbers = new List<int>();
            var around = new Stack<(UInt128 Last, int Number)>();
            foreach ((IpPrefix prefix, int own) in sorted)
            {
                if (prefix.IsV6 != isV6)
                {
                    continue;
                }

                Leave(past: prefix.Address);
                int number = around.TryPeek(out (UInt128 Last, int Number) outer) ? inner(outer.Number, own) : own;
                around.Push((prefix.Last, number));
                Begin(prefix.Address, number);
            }

            Leave(past: null);
            _starts = [.. starts];
            _numbers = [.. numbers];

            void Leave(UInt128? past)
            {
                while (around.TryPeek(out (UInt128 Last, int Number) left) && (past is null || left.Last < past))
                {
                    around.Pop();
                    if (left.Last != UInt128.MaxValue)
                    {
                        Begin(left.Last + 1, around.TryPeek(out (UInt128 Last, int Number) outer) ? outer.Number : None);
                    }
                }
            }

            void Begin(UInt128 start, int number)
            {
                if (starts.Count > 0 && starts[^1] == start)
                {
                    numbers[^1] = number;
                    return;
                }

                starts.Add(start);
                numbers.Add(number);
            }
        }

        public int NumberAt(UInt128 address)
        {
            int index = Array.BinarySearch(_starts, address);
            index = index >= 0 ? index : ~index - 1;
            return index < 0 ? None : _numbers[index];
        }
    }
}
