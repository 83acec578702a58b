using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.ProxyProtocol;

namespace SuperD.Tests.ProxyProtocol;

/// <summary>
/// Thousands of valid headers and their mutations: the parser reads the valid ones
/// correctly and never reads more into a mutation than it says.
/// </summary>
public sealed partial class HeaderFuzzTests
{
    private const int Rounds = 20_000;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void A_good_header_is_read_right_and_a_mutated_one_never_throws_and_never_reaches_past_its_bytes(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] good = HeaderCorpus.Good(random, out string source, out string destination);
            Assert.That(
                HeaderParser.Parse(good, out ProxyHeader header, out _), Is.EqualTo(HeaderState.Complete), Describe(seed, round, good));
            Assert.That(
                (header.Length, header.Source.ToString(), header.Destination.ToString()),
                Is.EqualTo((good.Length, source, destination)), Describe(seed, round, good));

            byte[] mutant = HeaderCorpus.Mutate(random, good);
            HeaderState state = HeaderParser.Parse(mutant, out header, out string problem);
            Assert.That(problem.Length > 0, Is.EqualTo(state == HeaderState.Invalid), Describe(seed, round, mutant));
            Assert.That(
                header.Length, Is.LessThanOrEqualTo(Math.Min(mutant.Length, HeaderParser.MaxLength)), Describe(seed, round, mutant));
            if (state == HeaderState.Complete)
            {
                AssertWellFormed(mutant.AsSpan(0, header.Length), header, Describe(seed, round, mutant));
            }
        }
    }

    /// <summary>Checks against independent rules: a regular expression for the text form, lengths for the binary form.</summary>
    private static void AssertWellFormed(ReadOnlySpan<byte> bytes, ProxyHeader header, string what)
    {
        if (bytes[0] != 'P')
        {
            Assert.That(16 + (bytes[14] << 8 | bytes[15]), Is.EqualTo(bytes.Length), what);
            Assert.That(
                header.Source.IsKnown,
                Is.EqualTo(bytes[12] == ProxyHeaderBytes.Proxy && bytes[13] is 0x11 or 0x21 && bytes[12] == ProxyHeaderBytes.Proxy),
                what);
            return;
        }

        string line = Encoding.Latin1.GetString(bytes);
        Assert.That(line, Does.Match(Line()), what);
        if (header.Source.IsKnown)
        {
            string[] words = line.TrimEnd().Split(' ');
            IPAddress Plain(string text) =>
                IPAddress.Parse(text) is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : IPAddress.Parse(text);
            Assert.That(header.Source.ToString(), Is.EqualTo(new IPEndPoint(Plain(words[2]), int.Parse(words[4])).ToString()), what);
            Assert.That(header.Destination.ToString(), Is.EqualTo(new IPEndPoint(Plain(words[3]), int.Parse(words[5])).ToString()), what);
        }
    }

    private static string Describe(int seed, int round, byte[] bytes) => $"seed {seed}, round {round}: {Convert.ToHexString(bytes)}";

    [GeneratedRegex(
        @"\APROXY (UNKNOWN( [^\r]*(\r[^\n][^\r]*)*\r?)?"
            + @"|TCP4( (0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}){2}( (0|[1-9]\d{0,4})){2}"
            + @"|TCP6( [0-9a-fA-F:.]+){2}( (0|[1-9]\d{0,4})){2})\r\n\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
