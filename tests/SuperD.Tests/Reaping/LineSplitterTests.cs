using System.Text;
using NUnit.Framework;
using SuperD.Reaping;

namespace SuperD.Tests.Reaping;

/// <summary>Splits bytes into lines, however they are chunked.</summary>
public sealed class LineSplitterTests
{
    private const int MaxLineBytes = 8;

    [TestCase("one\ntwo\n", "one", "two")]
    [TestCase("one\n\ntwo", "one", "", "two", TestName = "An_empty_line_is_a_line_and_so_is_an_unfinished_one")]
    [TestCase("one\r\ntwo\r\n", "one", "two", TestName = "A_carriage_return_before_the_newline_belongs_to_it")]
    [TestCase("12345678\n", "12345678", TestName = "A_line_of_exactly_the_limit_is_whole")]
    [TestCase("123456789\nnext\n", "12345678 [cut]", "next", TestName = "A_line_beyond_the_limit_is_cut_and_the_next_is_whole")]
    [TestCase("123456789", "12345678 [cut]", TestName = "An_unfinished_line_beyond_the_limit_is_cut")]
    [TestCase("", TestName = "Nothing_is_no_line")]
    public void Lines_are_the_same_in_whatever_pieces_their_bytes_come(string text, params string[] expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int size = 1; size <= bytes.Length + 1; size++)
        {
            Assert.That(Split(bytes, size), Is.EqualTo(expected), $"in pieces of {size}");
        }
    }

    [Test]
    public void A_flush_ends_a_line_once()
    {
        var lines = new List<string>();
        var splitter = new LineSplitter(MaxLineBytes);

        splitter.Feed("123456789"u8, (line, isCut) => lines.Add(Text(line, isCut)));
        splitter.Flush((line, isCut) => lines.Add(Text(line, isCut)));
        splitter.Flush((line, isCut) => lines.Add(Text(line, isCut)));
        splitter.Feed("next\n"u8, (line, isCut) => lines.Add(Text(line, isCut)));

        Assert.That(lines, Is.EqualTo((string[])["12345678 [cut]", "next"]));
    }

    private static List<string> Split(byte[] bytes, int size)
    {
        var lines = new List<string>();
        var splitter = new LineSplitter(MaxLineBytes);
        foreach (byte[] piece in bytes.Chunk(size))
        {
            splitter.Feed(piece, (line, isCut) => lines.Add(Text(line, isCut)));
        }

        splitter.Flush((line, isCut) => lines.Add(Text(line, isCut)));
        return lines;
    }

    private static string Text(ReadOnlySpan<byte> line, bool isCut) => Encoding.UTF8.GetString(line) + (isCut ? " [cut]" : string.Empty);
}
