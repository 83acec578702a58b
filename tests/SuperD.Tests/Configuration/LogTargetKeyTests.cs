using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>The key log.target: its values, and the message for an invalid one.</summary>
public sealed class LogTargetKeyTests
{
    [TestCase("", LogTargetKind.Auto)]
    [TestCase("log.target = 'auto'", LogTargetKind.Auto)]
    [TestCase("log.target = 'stderr'", LogTargetKind.StandardError)]
    [TestCase("log.target = 'journal'", LogTargetKind.Journal)]
    [TestCase("log.target = 'syslog'", LogTargetKind.Syslog)]
    public void A_word_is_a_target(string line, object kind) =>
        Assert.That(Load(line, out _), Is.EqualTo(new LogTarget((LogTargetKind)kind)));

    [Test]
    public void A_relative_file_starts_at_the_directory_of_superd_toml()
    {
        using var files = new ConfigurationFiles("log.target = 'file:own.log'\n").Service("cat", Listen + Exec);

        LogTarget? target = ConfigurationLoader.Load(files.Directory["superd.toml"], Able).Server?.LogTarget;

        Assert.That(target, Is.EqualTo(new LogTarget(LogTargetKind.File, files.Directory["own.log"])));
    }

    [TestCase(
        "'jurnal'",
        "log.target must be \"auto\", \"stderr\", \"journal\", \"syslog\" or \"file:PATH\", found \"jurnal\"; delete the line for the "
            + "default, \"auto\"")]
    [TestCase(
        "'file:'",
        "log.target must be \"auto\", \"stderr\", \"journal\", \"syslog\" or \"file:PATH\", found \"file:\"; delete the line for the "
            + "default, \"auto\"")]
    [TestCase(
        "7",
        "log.target must be \"auto\", \"stderr\", \"journal\", \"syslog\" or \"file:PATH\", found the integer 7; for example log.target = "
            + "\"file:/var/log/superd.log\"")]
    public void Anything_else_is_an_error(string value, string message)
    {
        Assert.That(Load($"log.target = {value}", out Diagnostic[] problems), Is.Null);
        Assert.That(
            problems.Select(problem => (problem.Severity, problem.Span.Column, problem.Message)),
            Is.EqualTo(new[] { (Severity.Error, 14, message) }));
    }

    [TestCase("'file:/nowhere/superd.log'", "log.target: there is no directory \"/nowhere\"; make it, or superd logs to standard error")]
    [TestCase("'file:/tmp'", "log.target: \"/tmp\" is a directory; add the name of a file, or superd logs to standard error")]
    public void A_file_that_cannot_be_is_a_warning(string value, string message)
    {
        Assert.That(Load($"log.target = {value}", out Diagnostic[] problems), Is.Not.Null);
        Assert.That(problems.Select(problem => (problem.Severity, problem.Message)), Is.EqualTo(new[] { (Severity.Warning, message) }));
    }

    private static LogTarget? Load(string line, out Diagnostic[] problems)
    {
        using var files = new ConfigurationFiles(line + "\n").Service("cat", Listen + Exec);
        LoadResult result = ConfigurationLoader.Load(files.Directory["superd.toml"], Able);
        problems = [.. result.Diagnostics];
        return result.Server?.LogTarget;
    }
}
