using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>What the tree holds beyond the values that the corpus checks: places, order, kinds.</summary>
public sealed class TomlTreeTests
{
    [TestCase("a = 'b'", 5, 3)]
    [TestCase("a = -1_000 # c", 5, 6)]
    [TestCase("a = [1, [2]]", 5, 8)]
    [TestCase("a = {b = 1}", 5, 7)]
    [TestCase("a = 2023-01-01 07:32:00 # c", 5, 19)]
    [TestCase("a = '\U0001F600'", 5, 3)]
    [TestCase("a = '''x\ny'''", 5, 4)]
    [TestCase("a = [\r\n1\r\n]", 5, 1)]
    public void A_value_knows_its_place_and_its_length_on_that_line(string text, int column, int length) =>
        Assert.That(TomlReading.Valid(text).Entries.Single().Value.Span, Is.EqualTo(new SourceSpan(1, column, length)));

    [Test]
    public void A_key_knows_its_place_with_its_quotes()
    {
        TomlEntry outer = TomlReading.Valid("\n 'a b'.c = 1").Entries.Single();
        TomlEntry inner = ((TomlTable)outer.Value).Entries.Single();

        Assert.That(outer.Key, Is.EqualTo("a b"));
        Assert.That(outer.KeySpan, Is.EqualTo(new SourceSpan(2, 2, 5)));
        Assert.That(inner.KeySpan, Is.EqualTo(new SourceSpan(2, 8, 1)));
    }

    [Test]
    public void A_table_stands_where_its_header_is()
    {
        TomlTable root = TomlReading.Valid("[a.b]\n[a]\n[[c]]\n[[c]]");
        TomlArray array = (TomlArray)root.Entries[1].Value;

        Assert.That(root.Span, Is.EqualTo(SourceSpan.WholeFile));
        Assert.That(root.Entries[0].KeySpan, Is.EqualTo(new SourceSpan(2, 2)));
        Assert.That(root.Entries[0].Value.Span, Is.EqualTo(new SourceSpan(2, 1, 3)));
        Assert.That(array.IsOfTables, Is.True);
        Assert.That(array.Items.Select(item => item.Span), Is.EqualTo([new SourceSpan(3, 1, 5), new SourceSpan(4, 1, 5)]));
    }

    [Test]
    public void Entries_keep_the_order_in_which_they_are_written()
    {
        TomlTable root = TomlReading.Valid("z = 1\na = 2\n[m]\n[b.c]\n[b]");

        Assert.That(root.Entries.Select(entry => entry.Key), Is.EqualTo(["z", "a", "m", "b"]));
    }

    [TestCase("a = ''", "a string")]
    [TestCase("a = 0", "an integer")]
    [TestCase("a = 0.0", "a float")]
    [TestCase("a = true", "a boolean")]
    [TestCase("a = 07:32:00", "a date or time")]
    [TestCase("a = []", "an array")]
    [TestCase("a = {}", "a table")]
    public void A_value_names_its_kind(string text, string kind) =>
        Assert.That(TomlReading.Valid(text).Entries.Single().Value.Kind, Is.EqualTo(kind));

    [Test]
    public void Digits_of_a_second_beyond_what_a_time_holds_are_dropped()
    {
        TomlDateTime time = (TomlDateTime)TomlReading.Valid("a = 00:00:00.12345678999").Entries.Single().Value;

        Assert.That(time.Value.Time, Is.EqualTo(new TimeOnly(1_234_567)));
    }

    [Test]
    public void A_line_end_in_a_string_is_kept_as_written()
    {
        TomlString text = (TomlString)TomlReading.Valid("a = '''\r\nb\r\nc'''").Entries.Single().Value;

        Assert.That(text.Value, Is.EqualTo("b\r\nc"));
    }

    [Test]
    public void A_byte_order_mark_is_skipped_and_takes_no_column() =>
        Assert.That(TomlReading.Valid("\uFEFFa = 1").Entries.Single().KeySpan, Is.EqualTo(new SourceSpan(1, 1)));
}
