using System.CommandLine;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Docs;

/// <summary>superd understands every command line in the documentation, and every project that one names exists.</summary>
/// <remarks>
/// In a <c>sh</c> block each line is a command; in a <c>console</c> block, each line after <c>$</c> or <c>#</c>. In prose, words in
/// capitals stand for values and brackets enclose optional parts; a command that is only mentioned may lack its arguments.
/// </remarks>
public sealed partial class CommandExampleTests
{
    private const string OfSource = "dotnet run --project src/SuperD";

    private static readonly Dictionary<string, string> s_values = new()
    {
        ["ADDRESS"] = "192.0.2.7", ["CIDR"] = "192.0.2.0/24", ["COMMAND"] = "ps", ["FILE"] = "file", ["ID"] = "17",
        ["KEY"] = "listen", ["M"] = "5", ["N"] = "5", ["NAME"] = "han", ["PATH"] = "/path", ["SERVICE"] = "han", ["TIME"] = "30s",
    };

    private static readonly RootCommand s_root = CommandLine.BuildTree(onlyRun: false);

    private static IEnumerable<TestCaseData> Commands =>
        from page in DocumentationPage.All
        from block in page.Blocks
        where !block.IsProgram && block.Language is "sh" or "console"
        from line in block.Lines
        where line.Length > 0 && (block.Language == "sh" || line.StartsWith("$ ") || line.StartsWith("# "))
        select new TestCaseData(block.Language == "sh" ? line : line[2..]).SetArgDisplayNames($"{block.Place} {line}");

    private static IEnumerable<TestCaseData> Mentions =>
        from page in DocumentationPage.All
        from span in page.CodeSpans.Distinct()
        where span.StartsWith("superd ", StringComparison.Ordinal) || span.StartsWith(OfSource, StringComparison.Ordinal)
        select new TestCaseData(span).SetArgDisplayNames($"{page.Path} {span}");

    [TestCaseSource(nameof(Commands))]
    public void A_command_is_understood(string line)
    {
        if (Project().Match(line) is { Success: true } project)
        {
            Assert.That(Directory.GetFiles(Repository.PathOf(project.Groups[1].Value), "*.csproj"), Has.Length.EqualTo(1), line);
        }

        if (ArgumentsOf(line) is { } arguments)
        {
            Assert.That(ComplaintAbout(arguments), Is.Null);
        }
    }

    [TestCaseSource(nameof(Mentions))]
    public void A_command_that_is_mentioned_exists(string span)
    {
        string[] written = ArgumentsOf(span.Replace("[", "").Replace("]", ""))!; // it begins with superd
        string[] arguments = [.. written.Select(word => s_values.GetValueOrDefault(word, word))];
        Assert.That(ComplaintAbout(arguments), Is.Null.Or.Match("^superd: [A-Z:.]+ is missing: |^superd: [a-z]+ needs one of: "));
    }

    [Test]
    public void A_wrong_command_is_found()
    {
        Assert.That(ComplaintAbout(ArgumentsOf("superd chekc")!), Is.Not.Null); // a command of superd
        Assert.That(ComplaintAbout(ArgumentsOf($"{OfSource} -- check --jsno | cat # comment")!), Is.Not.Null); // as above
        Assert.That(
            ArgumentsOf("sudo superd connect 127.0.0.1:9001 --send 'a b' < /dev/null"),
            Is.EqualTo(new[] { "connect", "127.0.0.1:9001", "--send", "a b" }));
    }

    /// <summary>The arguments of superd; null when the line runs another program.</summary>
    private static string[]? ArgumentsOf(string line)
    {
        string command = Rest().Replace(line, "").Replace("sudo ", "").Trim();
        string[] words = [.. Word().Matches(command).Select(match => match.Value.Trim('\''))];
        return words[0] == "superd" ? words[1..]
            : !command.StartsWith(OfSource, StringComparison.Ordinal) ? null
            : words.SkipWhile(word => word != "--").Skip(1).ToArray();
    }

    private static string? ComplaintAbout(string[] arguments)
    {
        CommandLine.Parse(s_root, arguments, out string? complaint);
        return complaint;
    }

    /// <summary>A comment, a pipe, a redirection.</summary>
    [GeneratedRegex(@"\s+([#|<>]|&&).*$")]
    private static partial Regex Rest();

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"dotnet (?:run .*--project|publish) ([\w./]+)")]
    private static partial Regex Project();
}
