using System.Text;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>No input makes the reader throw, hang, or exhaust stack or memory.</summary>
public sealed class TomlRobustnessTests
{
    private const int Seed = 1979_05_27; // arbitrary, but fixed so that a failure can be reproduced

    /// <summary>Pieces of TOML that some stage of the reader recognizes, to be combined at random.</summary>
    private static readonly string[] s_pieces =
    [
        "a", "b", "a.b", ".", "=", " = ", "1", "-0x1", "1.5e3", "2023-01-01", " 07:32:00", "true", "[", "]", "[[", "]]", "{", "}", ",", "#",
        "\n", "\r\n", "\r", "\"", "'", "\"\"\"", "'''", "\\", "\\u00", "\t", " ", "\0", "\u00A0", "\u00E9", "\U0001F600",
        "[t]\n", "k = 1\n", "\n]", "\n}", "= [\n", "= {\n",
    ];

    private static IEnumerable<TestCaseData> CorpusFolders => TomlCorpus.Folders("valid").Concat(TomlCorpus.Folders("invalid"));

    [Test]
    public void A_file_of_the_largest_size_is_read_and_a_larger_one_refused()
    {
        byte[] largest = Encoding.UTF8.GetBytes("a = 1 #".PadRight(TomlDocument.MaxBytes, '#'));

        Assert.That(TomlReading.Parse(largest).Diagnostics, Is.Empty);
        Assert.That(TomlReading.Parse([.. largest, (byte)'#']).Diagnostics.Single().ToString(), Is.EqualTo(
            "test.toml: error: the file has 262145 bytes, more than the 262144 (256 KiB) that are read; " +
            "check that it is the right file, or split it"));
    }

    [TestCase("[")]
    [TestCase("]")]
    [TestCase("{")]
    [TestCase("}")]
    [TestCase("\"")]
    [TestCase("'")]
    [TestCase("a")]
    [TestCase("a.")]
    [TestCase(".")]
    [TestCase("=")]
    [TestCase(",")]
    [TestCase("#")]
    [TestCase("\\")]
    [TestCase(" ")]
    [TestCase("\n")]
    [TestCase("\r")]
    [TestCase("\0")]
    [TestCase("9")]
    [TestCase("a\n")]
    [TestCase("[a\n")]
    [TestCase("[[a]]\n")]
    [TestCase("[a.b]\n")]
    [TestCase("x=[\n")]
    [TestCase("x={\n")]
    [TestCase("x=\"\"\"\n")]
    [TestCase("{a=")]
    [TestCase("[{a=")]
    [TestCase("x,")]
    [TestCase("x ")]
    [TestCase("[x ")]
    [TestCase("\"\\")]
    [TestCase("\u00E9")]
    public void A_large_file_of_nothing_but_one_thing_ends(string piece)
    {
        string repeated = string.Concat(Enumerable.Repeat(piece, TomlDocument.MaxBytes / Encoding.UTF8.GetByteCount(piece) - 4));

        foreach (string start in new[] { "", "k=[" })
        {
            AssertSensible(TomlReading.ParseInTime(start + repeated), start + repeated);
        }
    }

    [TestCase("a = ", "[", 1)]
    [TestCase("a = ", "{a=", 1)]
    [TestCase("a = ", "[{a=", 2)]
    [TestCase("a.", "a.", 1)]
    [TestCase("[a.", "a.", 1)]
    [TestCase("[[a.", "a.", 1)]
    [TestCase("a = {a.", "a.", 1)]
    public void Nesting_beyond_the_limit_is_one_problem(string start, string level, int depthOfLevel)
    {
        string text = start + string.Concat(Enumerable.Repeat(level, (TomlDocument.MaxDepth / depthOfLevel) + 1));

        Assert.That(TomlReading.ParseInTime(text).Diagnostics.Single().Message, Is.EqualTo(TomlDocument.TooDeep));
    }

    [Test]
    public void Nesting_up_to_the_limit_is_read()
    {
        string open = new('[', TomlDocument.MaxDepth);
        string close = new(']', TomlDocument.MaxDepth);
        string dotted = string.Concat(Enumerable.Repeat("a.", TomlDocument.MaxDepth - 1));

        Assert.That(TomlReading.ParseInTime($"k = {open}{close}\n[{dotted}b]").Diagnostics, Is.Empty);
    }

    [Test]
    public void Headers_and_dotted_keys_together_do_not_get_beyond_the_limit()
    {
        string dotted = string.Concat(Enumerable.Repeat("a.", 100));

        Assert.That(TomlReading.ParseInTime($"[{dotted}a]\n{dotted}b = 1\n").Diagnostics.Single().Span.Line, Is.EqualTo(2));
        Assert.That(TomlReading.ParseInTime($"[{dotted}a]\nb = {new string('[', 100)}").Diagnostics.Single().Span.Line, Is.EqualTo(2));
    }

    [Test]
    public void Arrays_of_tables_count_twice_towards_the_limit()
    {
        StringBuilder text = new();
        for (int depth = 1; depth <= (TomlDocument.MaxDepth / 2) + 1; depth++)
        {
            text.Append("[[").AppendJoin('.', Enumerable.Repeat('a', depth)).Append("]]\n");
        }

        Diagnostic problem = TomlReading.ParseInTime(text.ToString()).Diagnostics.Single();

        Assert.That(problem, Has.Property(nameof(Diagnostic.Message)).EqualTo(TomlDocument.TooDeep));
        Assert.That(problem.Span.Line, Is.EqualTo((TomlDocument.MaxDepth / 2) + 1));
    }

    [TestCase("k{0} = 1\n", 20_000)]
    [TestCase("[t{0}]\n", 25_000)]
    [TestCase("[t.t{0}]\n", 20_000)]
    [TestCase("[[t]]\nk{0}=1\n", 16_000)]
    [TestCase("t.k{0} = 1\n", 18_000)]
    [TestCase("k{0}={{}}\n", 22_000)]
    public void Very_many_names_are_read(string line, int count)
    {
        string text = string.Concat(Enumerable.Range(0, count).Select(i => string.Format(null, line, i)));

        Assert.That(TomlReading.ParseInTime(text).Diagnostics, Is.Empty);
    }

    [TestCase("k = [", "1,", "]")]
    [TestCase("k = [", "[],\n", "]")]
    [TestCase("k = [", "'',", "]")]
    [TestCase("k = \"\"\"", "\\\n \n", "\"\"\"")]
    [TestCase("k = \"\"\"", "\"\"x", "\"\"\"")]
    [TestCase("k = \"", "\\u00E9", "\"")]
    public void A_very_long_value_is_read(string start, string piece, string end)
    {
        string text = start + string.Concat(Enumerable.Repeat(piece, 43_000)) + end;

        Assert.That(TomlReading.ParseInTime(text).Diagnostics, Is.Empty);
    }

    [TestCase("\0", "")]
    [TestCase("\0", "k = '")]
    [TestCase("\\q", "k = \"")]
    [TestCase("[a]\n", "")]
    [TestCase("[[a]]\n", "")]
    [TestCase("a.", "")]
    [TestCase("[a.", "")]
    [TestCase("[", "k = ")]
    [TestCase("{a=", "k = ")]
    [TestCase("bad\n", "")]
    [TestCase("k=1\nbad\n", "")]
    [TestCase("'\uFFFD' = 1\n", "")]
    public void A_flood_takes_memory_in_proportion_to_its_size(string piece, string start)
    {
        int count = (TomlDocument.MaxBytes - start.Length) / Encoding.UTF8.GetByteCount(piece);
        string text = start + string.Concat(Enumerable.Repeat(piece, count));
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        long before = GC.GetAllocatedBytesForCurrentThread();

        TomlReading.Parse(bytes);

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / bytes.Length, Is.LessThan(2048));
    }

    [TestCaseSource(nameof(CorpusFolders))]
    public void A_damaged_file_is_read_like_any_other(string?[] names)
    {
        Random random = new(Seed);
        foreach (byte[] original in names.SelectMany(name => Enumerable.Repeat(TomlCorpus.Read(name), 100)))
        {
            byte[] damaged = Damage(original, random);
            AssertSensible(TomlReading.Parse(damaged), Encoding.UTF8.GetString(damaged));
        }
    }

    [Test]
    public void Any_pieces_of_toml_in_any_order_are_read()
    {
        Random random = new(Seed);
        for (int i = 0; i < 50_000; i++)
        {
            string text = string.Concat(random.GetItems(s_pieces, random.Next(1, 30)));
            AssertSensible(TomlReading.Parse(text), text);
        }
    }

    [Test]
    public void Any_bytes_are_read()
    {
        Random random = new(Seed);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);
            AssertSensible(TomlReading.Parse(bytes), Encoding.UTF8.GetString(bytes));
        }
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(bytes.Count + 1);
            int length = Math.Min(random.Next(1, 10), bytes.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    bytes.RemoveRange(at, length);
                    break;
                case 1:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(s_pieces[random.Next(s_pieces.Length)]));
                    break;
                default:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
            }
        }

        return [.. bytes];
    }

    // For any text, problems are in order, one per line, few, not empty, and located within the text.
    private static void AssertSensible(TomlDocument document, string text)
    {
        string shown = text.Length < 1000 ? text : text[..1000];
        string[] lines = text.Split('\n');
        List<Diagnostic> placed = [.. document.Diagnostics.Where(problem => problem.Span != SourceSpan.WholeFile)];
        Assert.That(placed, Has.Count.LessThanOrEqualTo(TomlProblems.MaxReported), shown);
        Assert.That(document.Diagnostics.Count - placed.Count, Is.LessThanOrEqualTo(1), shown);
        Assert.That(placed.Select(problem => problem.Span.Line), Is.Ordered.And.Unique, shown);
        foreach (Diagnostic problem in placed)
        {
            Assert.That(problem.Span.Line, Is.InRange(1, lines.Length), shown);
            int behind = lines[problem.Span.Line - 1].Length + 1; // the column just past the end of the line, where something is missing
            Assert.That(problem.Span.Column, Is.InRange(1, behind), shown);
            Assert.That(problem.Span.Length, Is.InRange(1, behind + 1 - problem.Span.Column), shown);
            Assert.That(problem.Message, Is.Not.Empty.And.Length.LessThan(300), shown);
            Assert.That(problem.Message.Any(char.IsControl), Is.False, shown);
        }
    }
}
