using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>Tomlyn's bugs do not reach the user.</summary>
public sealed class TomlGrammarTests
{
    private const string OutOfRange = " is out of range; an integer is from -9223372036854775808 to 9223372036854775807";

    [TestCase("0xFFFFFFFFFFFFFFFF")]
    [TestCase("0o1777777777777777777777")]
    [TestCase("9223372036854775808")]
    [TestCase("18446744073709551615")]
    public void An_integer_of_more_than_63_bits_is_refused(string number) =>
        Assert.That(TomlReading.Problems($"b = 1\na = [{number}]"), Is.EqualTo([$"2:6 {number}{OutOfRange}"]));

    [TestCase("0x7FFFFFFFFFFFFFFF", long.MaxValue)]
    [TestCase("0x0000000000000000001", 1)]
    [TestCase("-9223372036854775808", long.MinValue)]
    public void An_integer_of_63_bits_is_read(string number, long value) =>
        Assert.That(ValueOf($"a = {number}"), Is.EqualTo(value));

    [Test]
    public void A_float_that_is_too_large_is_refused_and_infinity_is_read()
    {
        Assert.That(TomlReading.Problems("a = -1e999"), Is.EqualTo(["1:5 -1e999 is too large for a float; write inf if that is meant"]));
        Assert.That(ValueOf("a = -inf"), Is.EqualTo(double.NegativeInfinity));
    }

    [TestCase("'\uFFFD\uFFFC'")]
    [TestCase("\"\uFFFD\uFFFC\" # \uFFFD")]
    [TestCase("'''\uFFFD\uFFFC'''")]
    [TestCase("\"\\uFFFD\uFFFC\"")]
    public void The_replacement_character_is_valid_in_a_string(string text) =>
        Assert.That(ValueOf($"a = {text}"), Is.EqualTo("\uFFFD\uFFFC"));

    [Test]
    public void The_replacement_character_is_valid_in_a_quoted_key_and_nowhere_else()
    {
        Assert.That(TomlReading.Valid("'\uFFFD' = 1").Entries[0].Key, Is.EqualTo("\uFFFD"));
        Assert.That(TomlReading.ProblemLines("a = 1\n\uFFFD = 1\nb = \uFFFD"), Is.EqualTo([2, 3]));
    }

    [TestCase("00:00:00.12345678", null)]
    [TestCase("2023-01-01T00:00:00.123456789012345678Z", 0)]
    [TestCase("2023-01-01 00:00:00.123456789-08:00", -8)]
    public void A_fraction_of_a_second_may_have_more_than_seven_digits(string time, int? offset)
    {
        TomlNode value = ((TomlArray)TomlReading.Valid($"a = [{time}, 1]").Entries[0].Value).Items[0];

        Assert.That(((TomlDateTime)value).Value.Time, Is.EqualTo(new TimeOnly(1_234_567)));
        Assert.That(((TomlDateTime)value).Value.Offset?.Hours, Is.EqualTo(offset));
        Assert.That(value.Span, Is.EqualTo(new SourceSpan(1, 6, time.Length)));
    }

    [Test]
    public void A_time_in_a_string_is_left_as_it_is() =>
        Assert.That(ValueOf("a = \"00:00:00.123456789Z\""), Is.EqualTo("00:00:00.123456789Z"));

    [TestCase("\"\"\"a\\ \n b\"\"\"")]
    [TestCase("\"\"\"a\\  \nb\"\"\"")]
    [TestCase("\"\"\"a\\ \t\r\nb\"\"\"")]
    public void A_backslash_that_joins_two_lines_may_have_blanks_after_it(string text) =>
        Assert.That(ValueOf($"a = {text}"), Is.EqualTo("ab"));

    [TestCase("\uFEFF\uFEFFa = 1", 1)]
    [TestCase("a = 1\n\uFEFFb = 2", 2)]
    [TestCase("bad\n\uFEFFb = 2", 2)]
    [TestCase("a = 1\n[t]\n\uFEFF[u]", 3)]
    public void A_byte_order_mark_is_valid_only_at_the_beginning_of_the_file(string text, int line) =>
        Assert.That(TomlReading.Problems(text), Has.One.EqualTo(
            $"{line}:1 the invisible character U+FEFF is not a blank in TOML; replace it by a space"));

    [TestCase("a = 1\r", 6)]
    [TestCase("# c\r", 4)]
    [TestCase("[a]\r", 4)]
    [TestCase("\r", 1)]
    public void A_bare_carriage_return_at_the_end_is_refused(string text, int column) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo(
            [$"1:{column} a carriage return (U+000D) must be followed by a line feed; save the file with LF or CRLF line ends"]));

    [TestCase("a = \"\\")]
    [TestCase("a = \"\\u")]
    [TestCase("a = \"\\u12")]
    [TestCase("a = \"\\U0001F60")]
    [TestCase("a = \"\"\"\\")]
    [TestCase("a = \"\\x")]
    public void An_escape_that_the_end_of_the_file_cuts_off_is_a_problem_with_a_place(string text) =>
        Assert.That(TomlReading.Problems("b = 1\n" + text).Single(), Does.StartWith("2:5 the string that begins here has no closing"));

    [TestCase("a = \"b\\\nc\"", "1:5 the string that begins here has no closing \" on its line; put \" at its end")]
    [TestCase("a = \"\"\"b\\\tc\"\"\"", "1:9 '\\\\u0009' is not an escape")]
    [TestCase("a = {b =\n1}", "1:9 expected a value, found the end of the line")]
    public void What_only_Tomlyn_takes_for_valid_is_refused(string text, string message) =>
        Assert.That(TomlReading.Problems(text)[0], Does.StartWith(message));

    [Test]
    public void Duplicate_headers_are_all_reported_beside_a_syntax_error()
    {
        string text = "bad\n" + string.Concat(Enumerable.Repeat("[a]\n", 50));

        Assert.That(TomlReading.ProblemLines(text), Is.EqualTo(Enumerable.Range(1, 51).Where(line => line != 2)));
    }

    [Test]
    public void Places_are_right_below_a_mistake()
    {
        TomlTable root = TomlReading.Parse("bad\n\n[t]\n  \U0001F600\n  '\U0001F600' = ['\U0001F600', 1]").Root;
        TomlEntry entry = ((TomlTable)root.Entries.Single().Value).Entries.Single();

        Assert.That(entry.KeySpan, Is.EqualTo(new SourceSpan(5, 3, 3)));
        Assert.That(entry.Value.Span, Is.EqualTo(new SourceSpan(5, 9, 8)));
        Assert.That(((TomlArray)entry.Value).Items[1].Span, Is.EqualTo(new SourceSpan(5, 15, 1)));
    }

    [Test]
    public void A_key_of_many_dots_is_refused_at_its_place_and_a_line_of_many_dots_in_a_text_is_read()
    {
        string dots = string.Concat(Enumerable.Repeat("a.", TomlDocument.MaxDepth));

        Assert.That(TomlReading.Problems($"b = 1\n{dots}a = 1"), Is.EqualTo([$"2:{dots.Length + 1} {TomlDocument.TooDeep}"]));
        Assert.That(TomlReading.Problems($"b = 1\n[{dots}a]\nbad")[0], Is.EqualTo($"2:{dots.Length + 2} {TomlDocument.TooDeep}"));
        Assert.That(TomlReading.Problems($"b = '''\n{dots}\n'''"), Is.Empty);
    }

    private static object? ValueOf(string text) => TomlReading.Valid(text).Entries.Single().Value switch
    {
        TomlString value => value.Value,
        TomlInteger value => value.Value,
        TomlFloat value => value.Value,
        _ => null,
    };
}
