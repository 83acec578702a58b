using System.Text;
using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>banner, banner_success, banner_fail: the syntax of their text and placeholders.</summary>
public sealed class TextTemplateTests
{
    [TestCase("", "")]
    [TestCase("hello\r\n", "'hello\r\n'")]
    [TestCase("{peer}", "Peer")]
    [TestCase("a {service} b", "'a ' Service ' b'")]
    [TestCase("{reason}{retry_after}", "Reason RetryAfter")]
    [TestCase("{{peer}} }} {{", "'{peer} } {'")]
    [TestCase("{{{peer}}}", "'{' Peer '}'")]
    [TestCase("grüß dich", "'grüß dich'")]
    public void A_text_is_cut_into_its_parts(string text, string parts) =>
        Assert.That(Show(TextTemplate.Parse(text, out _)!), Is.EqualTo(parts));

    [TestCase("{pear}", "the placeholder \"{pear}\" is not known; did you mean {peer}? Or write {{ and }} for braces")]
    [TestCase(
        "{}", "the placeholder \"{}\" is not known; there are {peer}, {service}, {reason}, {retry_after}, or write {{ and }} for braces")]
    [TestCase("a { b", "a '{' has no '}'; write {{ for a brace")]
    [TestCase("a } b", "a '}' has no '{'; write }} for a brace")]
    public void A_text_that_is_not_right_says_what_to_do(string text, string problem)
    {
        Assert.That(TextTemplate.Parse(text, out string? found), Is.Null);
        Assert.That(found, Is.EqualTo(problem));
    }

    [TestCase("", "")]
    [TestCase("{peer}: {service}", "Peer ': ' Service")]
    [TestCase("{o,o} {{peer}} {pear} {peer", "'{o,o} {' Peer '} {pear} {peer'")]
    public void In_a_file_every_other_brace_is_itself(string text, string parts) =>
        Assert.That(Show(TextTemplate.OfFile(Encoding.UTF8.GetBytes(text))), Is.EqualTo(parts));

    [Test]
    public void An_unknown_placeholder_is_an_error_at_its_line() => Assert.That(
        ProblemsOf(Exec + Listen + "banner = \"hi {adress}\"\n"),
        Is.EqualTo(
            [
                "3:10: error: banner: the placeholder \"{adress}\" is not known; there are {peer}, {service}, {reason}, {retry_after}, or "
                    + "write {{ and }} for braces",
            ]));

    [Test]
    public void A_reason_is_known_only_to_refused_clients() => Assert.That(
        ProblemsOf(Exec + Listen + "banner_success = \"{reason}\"\nbanner_fail = \"{reason}, {retry_after}\"\n"),
        Is.EqualTo(
            ["3:18: error: banner_success: {reason} is known only when a connection is refused; use it in banner_fail, or remove it"]));

    [Test]
    public void A_file_that_is_missing_is_an_error() => Assert.That(
        ProblemsOf(Exec + Listen + "banner = { file = \"nowhere\" }\n"),
        Is.EqualTo(
            [
                "3:10: error: banner: the file \"nowhere\" cannot be read: No such file or directory (errno 2); name a file that exists, "
                    + "or write the text itself",
            ]));

    [TestCase("{ path = \"x\" }")]
    [TestCase("{ file = \"x\", mode = 1 }")]
    [TestCase("7")]
    public void Anything_but_a_text_or_a_file_is_an_error(string value) => Assert.That(
        ProblemsOf(Exec + Listen + $"banner = {value}\n"), Has.One.Matches("3:10: error: banner must be a string, or a table \\{ file"));

    [Test]
    public void A_file_is_found_from_the_file_that_names_it_also_in_the_defaults()
    {
        using ConfigurationFiles files = new("[defaults]\nbanner = { file = \"motd\" }\n");
        string motd = files.Directory.Write("motd", "hi");
        files.Service("han", Exec + Listen);

        LoadResult result = files.Load();

        Assert.That(result.Diagnostics, Is.Empty);
        Assert.That(result.Server!.Services.Single().Banner, Is.EqualTo(new BannerDefinition(null, motd)));
    }

    [Test]
    public void A_wait_service_cannot_have_a_banner_and_inherits_none()
    {
        Assert.That(
            ProblemsOf(Exec + Listen + "wait = true\nbanner = \"hi\"\n"), Has.One.Contains("banner has no meaning with wait = true"));
        Assert.That(DefinitionOf(Exec + Listen + "wait = true\n", superdToml: "[defaults]\nbanner = \"hi\"\n").Banner, Is.Null);
    }

    private static string Show(TextTemplate template) => string.Join(
        ' ',
        template.Parts.Select(
            part => part.Placeholder == Placeholder.None ? $"'{Encoding.UTF8.GetString(part.Literal.Span)}'" : $"{part.Placeholder}"));
}
