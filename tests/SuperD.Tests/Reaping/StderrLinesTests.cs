using System.Text;
using NUnit.Framework;
using SuperD.Logging;
using SuperD.Reaping;
using SuperD.Tests.Support;

namespace SuperD.Tests.Reaping;

/// <summary>Folds repeated lines of a handler's stderr and drops what is too much, however the bytes are chunked.</summary>
public sealed class StderrLinesTests
{
    [TestCase("a\nb\na\n", "a", "b", "a", TestName = "Lines_that_differ_from_the_one_before_are_logged")]
    [TestCase("a\na\n", "a", "a", TestName = "One_repeat_is_a_line_like_any_other")]
    [TestCase("a\na\na\na\nb\n", "a", "3 x a", "b", TestName = "More_repeats_are_a_number_before_the_next_line")]
    [TestCase("a\na\na\na", "a", "3 x a", TestName = "An_unfinished_line_at_the_end_is_a_repeat_too")]
    [TestCase("a\r\na\r\na\r\n", "a", "2 x a", TestName = "Carriage_returns_before_the_newline_belong_to_it")]
    [TestCase("a\r\na\na\r\n", "a", "2 x a", TestName = "With_and_without_a_carriage_return_a_line_is_the_same")]
    [TestCase("\n\n\n\n", "", "3 x ", TestName = "Empty_lines_are_lines")]
    [TestCase("ab\nabab\nab\nab\nab\nabc\n", "ab", "abab", "ab", "2 x ab", "abc", TestName = "A_line_that_begins_like_the_last_is_another")]
    [TestCase("\0\0\n\0\0\n\0\0\n", @"\x00\x00", @"2 x \x00\x00", TestName = "NULs_are_bytes_like_any_other")]
    [TestCase("", TestName = "Nothing_is_nothing")]
    public void Repeats_are_counted_in_whatever_pieces_they_come(string text, params string[] expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int size = 1; size <= bytes.Length + 1; size++)
        {
            Assert.That(Log(bytes.Chunk(size)).Texts, Is.EqualTo(expected), $"in pieces of {size}");
        }
    }

    [Test]
    public void Every_line_of_a_flood_is_logged_folded_or_dropped_and_counted()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            // Runs of equal lines, of one or two letters or too long, with both kinds of newline.
            string text = string.Concat(Enumerable.Range(0, 300).Select(_ => string.Concat(Enumerable.Repeat(
                new string("ab"[random.Next(2)], random.Next(20) == 0 ? 1500 : random.Next(3)) + (random.Next(9) == 0 ? "\r\n" : "\n"),
                random.Next(1, 9)))));
            long lines = text.LongCount(letter => letter == '\n');

            (List<string> texts, long dropped) = Log(Encoding.UTF8.GetBytes(text).Chunk(random.Next(1, 5000)), tells: random);

            long told = texts.Sum(line => line.Split(" x ") is [var number, _] ? long.Parse(number) : 1);
            Assert.That(told + dropped, Is.EqualTo(lines), $"round {round}");
        }
    }

    [Test]
    public void A_program_that_explains_its_troubles_loses_nothing_and_a_flood_leaves_a_bounded_log()
    {
        var log = new RecordingLog();
        var lines = new StderrLines("han", 1, log);
        string trace = string.Concat(Enumerable.Range(0, StderrLines.LineBurst).Select(i => $"  at frame {i}\n"));
        lines.Feed(Encoding.UTF8.GetBytes(trace), nowMs: 0);
        Assert.That((lines.Dropped, log.Lines.Count), Is.EqualTo((0, StderrLines.LineBurst)));

        const int seconds = 100;
        for (int ms = 1; ms <= seconds * 1000; ms++)
        {
            lines.Feed(Encoding.UTF8.GetBytes($"{ms} one\n{ms} two\n"), ms);
        }

        lines.Finish(seconds * 1000);
        const int most = StderrLines.LineBurst + (StderrLines.LinesPerSecond * seconds) + 2;
        Assert.That(log.Lines, Has.Count.InRange(StderrLines.LineBurst, most));
        Assert.That(log.Lines.Count(line => line.Id.Id == EventIds.StderrLimited), Is.EqualTo(1), "it is said once");
        Assert.That(log.Lines.Count - 1 + lines.Dropped, Is.EqualTo(StderrLines.LineBurst + (2 * 1000 * seconds)));
    }

    [Test]
    public void Bytes_are_limited_too_as_the_log_has_them()
    {
        var log = new RecordingLog();
        var lines = new StderrLines("han", 1, log);

        for (int i = 0; i < 1000; i++)
        {
            lines.Feed([(byte)(i >> 4), .. new byte[2000], (byte)'\n'], nowMs: 0);
        }

        int logged = log.Lines.Sum(line => line.Message.Length);
        Assert.That(logged, Is.InRange(StderrLines.TextBurst / 2, StderrLines.TextBurst + 20_000));
        Assert.That(lines.Dropped, Is.GreaterThan(0));
    }

    [Test]
    public void The_next_version_continues_a_run_in_the_middle_of_a_line()
    {
        var log = new RecordingLog();
        var before = new StderrLines("han", 1, log);
        before.Feed("again\nagain\nagain\naga"u8, nowMs: 0);
        var after = new StderrLines("han", 1, log);

        after.Inherit(before.HandOver(pipe: 5));
        after.Feed("in\nagain\nother\n"u8, nowMs: 0);

        Assert.That(TextsOf(log), Is.EqualTo((string[])["again", "4 x again", "other"]));
    }

    /// <param name="tells">When to say how many repeats there were so far; null = never before the end.</param>
    private static (List<string> Texts, long Dropped) Log(IEnumerable<byte[]> pieces, Random? tells = null)
    {
        var log = new RecordingLog();
        var lines = new StderrLines("han", 1, log);
        long now = 0;
        foreach (byte[] piece in pieces)
        {
            lines.Feed(piece, now);
            if (tells?.Next(10) == 0)
            {
                lines.TellRepeats();
                now += 100;
            }
        }

        lines.Finish(now);
        return (TextsOf(log), lines.Dropped);
    }

    private static List<string> TextsOf(RecordingLog log) =>
    [
        .. log.Lines.Where(line => line.Id.Id != EventIds.StderrLimited).Select(line =>
        {
            string text = line.Message[(line.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..];
            const string repeated = "repeated=";
            int number = line.Message.IndexOf(repeated, StringComparison.Ordinal);
            return line.Id.Id == EventIds.StderrRepeated ? $"{line.Message[(number + repeated.Length)..].Split(':')[0]} x {text}" : text;
        }),
    ];
}
