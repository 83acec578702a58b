using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing.Xinetd;

/// <summary>An item of only_from or no_access, and the address ranges it stands for in xinetd.</summary>
/// <param name="Ranges">The ranges; empty with a problem.</param>
/// <param name="Odd">Its meaning, if that is not the obvious one; otherwise null.</param>
/// <param name="Problem">Why it cannot be written as addresses; otherwise null.</param>
internal sealed record XinetdAddress(IReadOnlyList<IPNetwork> Ranges, string? Odd = null, string? Problem = null)
{
    private const int V4Bits = 32, V6Bits = 128;

    /// <summary>Tries the forms in xinetd's order: a number, an address with a prefix length, a factorised address, a name.</summary>
    /// <param name="word">The item.</param>
    /// <param name="denies">Whether it is in no_access, where it is safe to take an item for what the user meant.</param>
    public static XinetdAddress Parse(string word, bool denies)
    {
        if (TryNumbers(word, out uint number))
        {
            return Numeric(word, number);
        }

        if (word.Contains(':'))
        {
            return V6(word, denies);
        }

        int slash = word.IndexOf('/');
        if (slash >= 0 && TryNumbers(word[..slash], out number) && TryLength(word[(slash + 1)..], out int length))
        {
            bool isShort = word[..slash].Count(letter => letter == '.') != 3;
            IPNetwork range = Range(number, Math.Min(length, V4Bits));
            string? odd = isShort ? $"is {range} to xinetd, which counts the numbers that are not there at the front"
                : length > V4Bits ? $"is {AddressRanges.Text(range)} to xinetd, which takes a length above {V4Bits} for {V4Bits}"
                : null;
            return new XinetdAddress([range], odd);
        }

        if (word.Contains('{') && TryFactorized(word, out List<IPNetwork> ranges))
        {
            return new XinetdAddress(ranges, "is factorised");
        }

        if (word.Contains(',') || word.Contains('{') || slash >= 0)
        {
            return new XinetdAddress([], Problem: "xinetd cannot read it either and ignores it");
        }

        if (word.EndsWith('.') && NetworkOf(word) is { } network)
        {
            return new XinetdAddress(
                [],
                Problem: $"a dot at the end stands for a network in hosts.allow, but xinetd cannot read it and ignores it; write "
                + $"\"{network}\" if that network was meant");
        }

        return word.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            ? new XinetdAddress([Range(0x7F000001, V4Bits), new IPNetwork(IPAddress.IPv6Loopback, V6Bits)], "is written as its addresses")
            : new XinetdAddress(
                [],
                Problem: "xinetd compares this name with what DNS says of the client's address, which the owner of that address controls; "
                + "superd takes addresses only");
    }

    /// <summary>Zero bytes at the end of a number are wildcards: 10.0.0.0 is all of 10.</summary>
    private static XinetdAddress Numeric(string word, uint number)
    {
        int length = V4Bits;
        while (length > 0 && (number >> (V4Bits - length) & 0xFF) == 0)
        {
            length -= 8;
        }

        IPNetwork range = Range(number, length);
        if (length < V4Bits)
        {
            return new XinetdAddress([range], $"is {range}, because zeros at its end stand for anything");
        }

        string address = range.BaseAddress.ToString();
        return new XinetdAddress([range], word == address ? null : $"is {address} to xinetd, which reads it as inet_aton(3) does");
    }

    private static XinetdAddress V6(string word, bool denies)
    {
        int slash = word.IndexOf('/');
        int length = V6Bits;
        string text = slash < 0 ? word : word[..slash];
        int zone = text.IndexOf('%');
        if (!AddressRanges.TryParse(zone < 0 ? text : text[..zone], out IPAddress? address)
            || address.AddressFamily != AddressFamily.InterNetworkV6
            || (slash >= 0 && (!TryLength(word[(slash + 1)..], out length) || length > V6Bits)))
        {
            return new XinetdAddress([], Problem: "xinetd cannot read it either and ignores it");
        }

        IPNetwork range = AddressRanges.Of(address, length);
        if (slash >= 0 && length == V6Bits)
        {
            return denies
                ? new XinetdAddress([range], "never matches in xinetd because of its /128; here it does")
                : new XinetdAddress(
                    [],
                    Problem: "it never matches in xinetd because of its /128; write it without the length if that client shall come in");
        }

        string? odd = zone >= 0 ? $"is {AddressRanges.Text(range)} on every interface: xinetd ignores '{text[zone..]}'"
            : address.Equals(IPAddress.IPv6Any) && slash < 0 ? "is this one address in xinetd, not all; those are \"::/0\""
            : null;
        return new XinetdAddress([range], odd);
    }

    /// <summary><c>1.2.{3,4}</c>: the last number is a list, and the missing ones are wildcards.</summary>
    private static bool TryFactorized(string word, out List<IPNetwork> ranges)
    {
        ranges = [];
        int brace = word.IndexOf('{');
        string[] front = word[..brace].Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (!word.EndsWith('}') || front.Length > 3)
        {
            return false;
        }

        foreach (string last in word[(brace + 1)..^1].Split(','))
        {
            uint number = 0;
            foreach (string part in front.Append(last))
            {
                if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte value))
                {
                    return false;
                }

                number = (number << 8) | value;
            }

            int length = 8 * (front.Length + 1);
            ranges.Add(Range(number << (V4Bits - length), length));
        }

        return true;
    }

    /// <summary>The network that <c>192.168.1.</c> is in hosts.allow; null when it is none.</summary>
    private static IPNetwork? NetworkOf(string word)
    {
        string[] numbers = word[..^1].Split('.');
        if (numbers.Length > 3 || !numbers.All(number => byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return null;
        }

        string zeros = string.Concat(Enumerable.Repeat(".0", 4 - numbers.Length));
        return IPNetwork.Parse($"{word[..^1]}{zeros}/{8 * numbers.Length}");
    }

    /// <summary>inet_aton(3): one to four numbers, the last of which fills the rest; 0x is hexadecimal, a leading 0 octal.</summary>
    private static bool TryNumbers(string word, out uint address)
    {
        address = 0;
        string[] parts = word.Split('.');
        if (parts.Length > 4)
        {
            return false;
        }

        for (int i = 0; i < parts.Length; i++)
        {
            int bits = i < parts.Length - 1 ? 8 : 8 * (5 - parts.Length);
            if (!TryNumber(parts[i], out ulong number) || number >> bits != 0)
            {
                return false;
            }

            address = i < parts.Length - 1 ? (address << 8) | (uint)number : (uint)(((ulong)address << bits) | number);
        }

        return true;
    }

    private static bool TryNumber(string text, out ulong number)
    {
        number = 0;
        if (text.Length is 0 or > 12)
        {
            return false;
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        }

        if (text[0] != '0')
        {
            return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }

        foreach (char digit in text)
        {
            if (digit is < '0' or > '7')
            {
                return false;
            }

            number = (number * 8) + (uint)(digit - '0');
        }

        return true;
    }

    private static bool TryLength(string text, out int length) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length);

    private static IPNetwork Range(uint number, int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return AddressRanges.Of(new IPAddress(bytes), length);
    }
}
