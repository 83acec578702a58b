using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>What a message says: where, what, why, and what to do.</summary>
public sealed class TomlMessageTests
{
    [Test]
    public void A_problem_is_shown_in_the_form_editors_jump_to()
    {
        Diagnostic problem = TomlReading.Parse("user = nobody").Diagnostics.Single();

        Assert.That(problem.ToString(), Is.EqualTo("test.toml:1:8: error: nobody is not a value; put it in quotes: \"nobody\""));
        Assert.That(problem.Span, Is.EqualTo(new SourceSpan(1, 8, 6)));
    }

    [TestCase("a = /bin/cat -n # comment", "/bin/cat -n is not a value; put it in quotes: \"/bin/cat -n\"")]
    [TestCase("a = 24700-24710", "24700-24710 is not a value; TOML has no ranges: write each number, as the items of an array")]
    [TestCase("a = five", "five is not a value; write 5")]
    [TestCase("a = 30s", "30s is not a value; put it in quotes: \"30s\"")]
    [TestCase("a = 127.0.0.1:80", "127.0.0.1:80 is not a value; put it in quotes: \"127.0.0.1:80\"")]
    [TestCase("a = C:\\temp", "C:\\temp is not a value; put it in quotes: 'C:\\temp'")]
    [TestCase("a = it's", "it's is not a value; put it in quotes: \"it's\"")]
    [TestCase("a = \u201Cnobody\u201D", "\u201C is not a quotation mark in TOML; use \" or '")]
    public void A_text_without_quotes_is_shown_with_them(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo(["1:5 " + message]));

    [TestCase("a = yes", "yes is not a boolean; write true")]
    [TestCase("a = Off", "Off is not a boolean; write false")]
    [TestCase("a = True", "True is not a boolean; write true")]
    [TestCase("a = null", "null is not a value, TOML has none for absence; delete the line")]
    [TestCase("a = NaN", "NaN is not a float; write nan")]
    public void A_word_of_another_language_is_translated(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo(["1:5 " + message]));

    [TestCase("a = 022", "022 begins with a zero; write 0o22 if it is octal, else 22")]
    [TestCase("a = 09", "09 begins with a zero; delete it")]
    [TestCase("a = 1__0", "1__0 has an underscore that is not between two digits; write 10")]
    [TestCase("a = 1.", "1. lacks a digit after its point; write a 0 there")]
    [TestCase("a = -.5", "-.5 lacks a digit before its point; write a 0 there")]
    [TestCase("a = 1e", "1e lacks the digits of its exponent; write them after the e")]
    [TestCase("a = 0X1F", "0X1F has an upper-case prefix; write 0x")]
    [TestCase("a = -0x1", "-0x1 has a sign, which a hexadecimal number may not have; write it decimal")]
    [TestCase("a = 0o8", "0o8 is not an octal number; after 0o come digits of base 8, with single underscores only between them")]
    [TestCase("a = 9223372036854775808",
        "9223372036854775808 is out of range; an integer is from -9223372036854775808 to 9223372036854775807")]
    [TestCase("a = 0x8000000000000000",
        "0x8000000000000000 is out of range; an integer is from -9223372036854775808 to 9223372036854775807")]
    [TestCase("a = 1e999", "1e999 is too large for a float; write inf if that is meant")]
    public void A_number_that_breaks_a_rule_names_the_rule(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo(["1:5 " + message]));

    [TestCase("a = 2023-02-29", "2023-02-29 is not a date or time: the day must be 1 to 28, found 29")]
    [TestCase("a = 0000-01-01", "0000-01-01 is not a date or time: the year must be 1 to 9999, found 0")]
    [TestCase("a = 24:00:00", "24:00:00 is not a date or time: the hour must be 0 to 23, found 24")]
    [TestCase("a = 07:32:5", "07:32:5 is not a date or time: its seconds are written 07:32:00 or 07:32:00.5")]
    [TestCase("a = 07:32.5", "07:32.5 is not a date or time: its seconds are written 07:32:00 or 07:32:00.5")]
    [TestCase("a = 07:32:60", "07:32:60 is not a date or time: the second must be 0 to 59, found 60")]
    [TestCase("a = 2023-1-1", "2023-1-1 is not a date or time: write 1979-05-27, 07:32:00 or 1979-05-27T07:32:00Z")]
    [TestCase("a = 2023-01-01 07:32:00+1",
        "2023-01-01 07:32:00+1 is not a date or time: its offset from UTC is written Z, +01:00 or -08:00")]
    public void A_time_that_can_not_be_names_the_range(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo(["1:5 " + message]));

    [TestCase("key value", "1:5 expected '=' after the key 'key', found 'value'; write it as key = value")]
    [TestCase("key: 1", "1:4 expected '=' after the key 'key', found ':'; write it as key = value")]
    [TestCase("key", "1:4 expected '=' after the key 'key', found the end of the file; write it as key = value")]
    [TestCase("na\u00EFve = 1", "1:3 '\u00EF' can not be in a key without quotes; put the key in quotes")]
    [TestCase("\"\"\"k\"\"\" = 1", "1:1 a key can not be a string in three quotes; use one quote at each end")]
    [TestCase("= 1", "1:1 expected a key or a [header], found '='; a key is of the characters A-Z a-z 0-9 _ - or in quotes")]
    [TestCase("a..b = 1", "1:3 expected a name after the dot, found '.'; a key is of the characters A-Z a-z 0-9 _ - or in quotes")]
    public void A_key_that_is_not_well_formed_says_what_is_missing(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo([message]));

    [TestCase("a =",
        "1:4 expected a value, found the end of the file; " +
        "write a \"string\", a number, true, false, an [array] or an {inline = \"table\"}")]
    [TestCase("a = 10 MB",
        "1:8 expected the end of the line, found 'MB'; text with blanks needs quotes, a remark needs a # before it, a key its own line")]
    [TestCase("a = [1 2]", "1:8 expected ',' or ']' after the element, found '2'; put a comma between two elements")]
    [TestCase("a = [1, 2", "1:5 the array that begins here has no closing ]; put one at its end")]
    [TestCase("a = {b = 1", "1:5 the inline table that begins here has no closing }; put one at its end")]
    [TestCase("a = {b = 1 c = 2}", "1:12 expected ',' or '}' after the value, found 'c'; put a comma between two keys")]
    [TestCase("a = {\n b = 1\n c = 2\n}", "3:2 expected ',' or '}' after the value, found 'c'; put a comma between two keys")]
    [TestCase("[a",
        "1:3 expected ']' after the name of the table, found the end of the file; " +
        "end the name there, or put it in quotes if it has other characters than A-Z a-z 0-9 _ -")]
    [TestCase("[[a]", "1:5 expected ']]', found the end of the file; a header that begins with [[ ends with ]]")]
    [TestCase("[]", "1:2 expected the name of a table, found ']'; a key is of the characters A-Z a-z 0-9 _ - or in quotes")]
    public void A_statement_that_is_not_well_formed_says_what_is_missing(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo([message]));

    [TestCase("a = \"b", "1:5 the string that begins here has no closing \" on its line; put \" at its end")]
    [TestCase("a = '''b\nc", "1:5 the string that begins here has no closing ''' before the end of the file; put ''' at its end")]
    [TestCase("a = \"\\d\"",
        "1:6 '\\d' is not an escape (known are \\b \\t \\n \\f \\r \\e \\\" \\\\ \\xXX \\uXXXX \\UXXXXXXXX); " +
        "write \\\\ for a backslash, or put the text in single quotes")]
    [TestCase("a = \"x\\u12\"",
        "1:7 '\\u12' has 2 hexadecimal digits, \\u needs 4; write \\\\ for a backslash, or put the text in single quotes")]
    [TestCase("a = \"\\x1\"",
        "1:6 '\\x1' has 1 hexadecimal digits, \\x needs 2; write \\\\ for a backslash, or put the text in single quotes")]
    [TestCase("a = \"\\uD800\"", "1:6 '\\uD800' is not a Unicode character; these are 0000 to D7FF and E000 to 10FFFF")]
    [TestCase("a = \"\u0007\"", "1:6 the control character U+0007 may not stand in a string; write \\u0007")]
    [TestCase("a = '\u0007'",
        "1:6 the control character U+0007 may not stand in a string; put the string in double quotes and write \\u0007")]
    public void A_string_that_breaks_a_rule_names_the_rule(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo([message]));

    [TestCase("a = 1\rb = 2", "1:6 a carriage return (U+000D) must be followed by a line feed; save the file with LF or CRLF line ends")]
    [TestCase("a = 1\0", "1:6 the control character U+0000 may not stand here; delete it")]
    [TestCase("# \u0001", "1:3 the control character U+0001 may not stand here; delete it")]
    [TestCase("a\u00A0= 1", "1:2 the invisible character U+00A0 is not a blank in TOML; replace it by a space")]
    [TestCase("a = 1\u200B", "1:6 the invisible character U+200B is not a blank in TOML; replace it by a space")]
    [TestCase("a = b\u202Ec", "1:5 b\\u202Ec is not a value; put it in quotes")]
    public void A_character_that_can_not_be_seen_is_named(string text, string message) =>
        Assert.That(TomlReading.Problems(text), Is.EqualTo([message]));

    [Test]
    public void A_byte_that_is_not_utf8_is_shown_where_it_stands()
    {
        TomlDocument document = TomlReading.Parse([.. "a = 1\n\u00E9 = "u8, 0xFF, .. "\nb = \""u8, 0x80, .. "\"\n"u8]);

        Assert.That(document.Diagnostics.Select(problem => problem.ToString()), Is.EqualTo([
            "test.toml:2:5: error: byte 0xFF is not UTF-8; save the file as UTF-8",
            "test.toml:3:6: error: byte 0x80 is not UTF-8; save the file as UTF-8",
        ]));
    }

    [TestCase(new byte[] { 0xFF, 0xFE, 0x61, 0x00 })]
    [TestCase(new byte[] { 0xFE, 0xFF, 0x00, 0x61 })]
    [TestCase(new byte[] { 0x61, 0x00, 0x3D, 0x00 })]
    public void A_utf16_file_is_one_problem(byte[] bytes) =>
        Assert.That(TomlReading.Parse(bytes).Diagnostics.Single().ToString(), Is.EqualTo(
            "test.toml:1:1: error: the file is UTF-16, TOML is UTF-8; save it as UTF-8"));

    [Test]
    public void A_long_text_is_shortened()
    {
        string problem = TomlReading.Problems("a = " + new string('x', 1000)).Single();

        Assert.That(problem, Is.EqualTo("1:5 " + new string('x', 40) + "... is not a value; put it in quotes"));
    }

    [Test]
    public void A_column_counts_code_points()
    {
        Assert.That(TomlReading.Problems("\"\U0001F600\u00E9\" = x"), Is.EqualTo(["1:8 x is not a value; put it in quotes: \"x\""]));
    }
}
