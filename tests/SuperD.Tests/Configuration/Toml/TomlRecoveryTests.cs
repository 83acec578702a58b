using NUnit.Framework;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>The reader continues after a problem: it reports every mistake once.</summary>
public sealed class TomlRecoveryTests
{
    [Test]
    public void Every_bad_line_is_reported()
    {
        const string text = """
            a = nobody
            b 2
            [c
            d = "open
            e = 1 2
            = 3
            ok = 1
            """;

        Assert.That(TomlReading.ProblemLines(text), Is.EqualTo([1, 2, 3, 4, 5, 6]));
    }

    [Test]
    public void A_line_is_reported_once() => Assert.That(TomlReading.ProblemLines("a = [yes, no, maybe] ! \\ 'x"), Is.EqualTo([1]));

    [Test]
    public void What_is_good_is_in_the_tree_in_spite_of_problems()
    {
        TomlDocument document = TomlReading.Parse("a = 1\nb = nobody\n[t]\nc = 2\nc = 3");

        Assert.That(document.Root.Entries.Select(entry => entry.Key), Is.EqualTo(["a", "t"]));
        Assert.That(document.Root.Find("t")?.Value, Is.InstanceOf<TomlTable>().With.Property(nameof(TomlTable.Entries)).Count.EqualTo(1));
    }

    [Test]
    public void Keys_below_a_bad_header_are_no_duplicates_of_those_above_it() =>
        Assert.That(TomlReading.ProblemLines("a = 1\n[x y]\na = 1\n[b]\na = 1\n[b]\na = 1"), Is.EqualTo([2, 6]));

    [Test]
    public void Every_bad_element_of_an_array_over_lines_is_reported()
    {
        const string text = """
            a = [
              [1, 2 3],
              nobody, # comment
              "x"
              "y",
              [
                yes,
              ],
            ]
            b = 1
            """;

        Assert.That(TomlReading.ProblemLines(text), Is.EqualTo([2, 3, 5, 7]));
        Assert.That(TomlReading.Parse(text).Root.Find("b"), Is.Not.Null);
    }

    [TestCase("a = [1,\n  2\nb = 3\n")]
    [TestCase("a = [1,\n  [2\nb = 3\n")]
    [TestCase("a = [1\n[t]\nb = 3\n")]
    [TestCase("a = [{c = [1\n[[t]] # comment\nb = 3\n")]
    public void An_array_that_is_not_closed_ends_at_the_next_statement(string text)
    {
        Assert.That(TomlReading.ProblemLines(text), Has.Length.EqualTo(1).And.All.EqualTo(text.Contains("[2") ? 2 : 1));
        Assert.That(TomlReading.Parse(text).Root.Entries, Is.Not.Empty);
    }

    [Test]
    public void An_array_after_a_bad_key_is_passed_over_to_its_end() =>
        Assert.That(TomlReading.ProblemLines("a b = [\n  1,\n  x,\n]\nc d = 1"), Is.EqualTo([1, 5]));

    [TestCase("a = {\n  b = 1,\n  c = yes,\n}\nd = 1", 3)]
    [TestCase("a = { b = 1\n, c = }\nd = 1", 2)]
    [TestCase("a = { # comment\n  b = 1\n  c = 2\n}\nd = 1", 3)]
    [TestCase("a b = {\n  c = 1,\n  d = 2\n}\nd = 1", 1)]
    public void A_bad_line_of_an_inline_table_is_one_problem(string text, int line)
    {
        Assert.That(TomlReading.ProblemLines(text), Is.EqualTo([line]));
        Assert.That(TomlReading.Parse(text).Root.Find("d"), Is.Not.Null);
    }

    [TestCase("a = 1 2\n", TestName = "after a value")]
    [TestCase("[a] b\n", TestName = "after a header")]
    [TestCase("a = 1 # \u0001\n", TestName = "in a comment")]
    public void A_statement_is_good_in_spite_of_what_follows_on_its_line(string text)
    {
        TomlDocument document = TomlReading.Parse(text);

        Assert.That(document.Diagnostics, Has.Count.EqualTo(1));
        Assert.That(document.Root.Find("a"), Is.Not.Null);
    }

    [TestCase("a = { b = 1\nd = 1")]
    [TestCase("a = {\n[t]\nd = 1")]
    public void An_inline_table_that_is_not_closed_is_one_problem(string text) =>
        Assert.That(TomlReading.ProblemLines(text), Is.EqualTo([1]));

    [Test]
    public void A_string_that_is_not_closed_hides_only_its_line() =>
        Assert.That(TomlReading.ProblemLines("a = \"x\nb = 1\nc = 'y\nd = 1"), Is.EqualTo([1, 3]));

    [Test]
    public void A_long_string_that_is_not_closed_is_the_only_problem_of_what_it_swallows() =>
        Assert.That(TomlReading.ProblemLines("a = \"\"\"x\n\\d\nb = nobody\n\u0001"), Is.EqualTo([1]));

    [Test]
    public void Of_a_flood_of_problems_the_first_are_listed_and_the_others_counted()
    {
        TomlDocument document = TomlReading.Parse(string.Concat(Enumerable.Repeat("bad\n", 10_000)));

        Assert.That(document.Diagnostics, Has.Count.EqualTo(TomlProblems.MaxReported));
        Assert.That(document.Unlisted, Is.EqualTo(10_000 - TomlProblems.MaxReported));
    }

    [Test]
    public void As_many_problems_as_are_reported_are_not_called_more()
    {
        string text = string.Concat(Enumerable.Repeat("bad\n", TomlProblems.MaxReported));

        Assert.That(TomlReading.ProblemLines(text), Is.EqualTo(Enumerable.Range(1, TomlProblems.MaxReported)));
    }

    [Test]
    public void Problems_come_in_the_order_of_their_lines()
    {
        TomlDocument document = TomlReading.Parse([.. "a = nobody\nb = '"u8, 0xFF, .. "'\nc = nobody\n"u8]);

        Assert.That(document.Diagnostics.Select(problem => problem.Span.Line), Is.EqualTo([1, 2, 3]));
    }
}
