using NUnit.Framework;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>Names that are defined twice: the message points to both places.</summary>
public sealed class TomlDefinitionTests
{
    [Test]
    public void A_duplicate_key_names_the_place_of_the_first() => Assert.That(
        TomlReading.Problems("user = \"a\"\n\n  user = \"b\""),
        Is.EqualTo(["3:3 'user' is already a string (defined at 1:1); keep one of the two"]));

    [Test]
    public void A_duplicate_header_names_the_place_of_the_first() => Assert.That(
        TomlReading.Problems("[env]\na = 1\n[env]\na = 2"),
        Is.EqualTo(["3:2 'env' is already a table (defined at 1:2); put all its keys in one place"]));

    [Test]
    public void A_header_of_a_table_that_was_only_mentioned_is_its_definition() => Assert.That(
        TomlReading.Problems("[a.b]\n[a]\n[a]"),
        Is.EqualTo(["3:2 'a' is already a table (defined at 2:2); put all its keys in one place"]));

    [Test]
    public void A_key_below_a_value_names_the_place_of_the_value() => Assert.That(
        TomlReading.Problems("a = 1\na.b = 2"),
        Is.EqualTo(["2:1 'a' is already an integer (defined at 1:1); it can not hold keys; rename one of the two"]));

    [Test]
    public void A_key_is_not_added_to_an_inline_table() => Assert.That(
        TomlReading.Problems("a = {b = 1}\na.c = 2\n[a.d]"),
        Is.EqualTo([
            "2:1 'a' is already a table (defined at 1:1); write this key between its braces",
            "3:2 'a' is already a table (defined at 1:1); write this table between its braces",
        ]));

    [Test]
    public void A_dotted_key_is_not_added_to_a_table_with_a_header() => Assert.That(
        TomlReading.Problems("[a.b]\n[a]\nb.c = 1"),
        Is.EqualTo(["3:1 'b' is already a table (defined at 1:4); write this key below its header"]));

    [Test]
    public void An_array_of_tables_is_not_an_array() => Assert.That(
        TomlReading.Problems("a = []\n[[a]]\n[[b]]\n[b]"),
        Is.EqualTo([
            "2:3 'a' is already an array (defined at 1:1); rename one of the two",
            "4:2 'b' is already an array of tables (defined at 3:3); rename one of the two",
        ]));

    [Test]
    public void A_key_that_differs_only_in_its_quotes_is_the_same_key() => Assert.That(
        TomlReading.Problems("\"a\" = 1\n'a' = 2"),
        Is.EqualTo(["2:1 'a' is already an integer (defined at 1:1); keep one of the two"]));
}
