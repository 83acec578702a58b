using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Reloading;

/// <summary>A file with 80,000 mistakes: every report shows the first hundred and the number of the others.</summary>
public sealed class FloodOfProblemsTests
{
    private const int Mistakes = 20_000;

    private const string More = "error: and 19,900 more errors; mend those above first";

    private static readonly string s_good = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n" + TomlText.OwnUser;

    private static readonly string s_badKeys = s_good + string.Concat(Enumerable.Range(0, Mistakes).Select(i => $"k{i}=1\n"));

    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void Make()
    {
        _directory = new TempDir();
        _directory.Write("superd.toml", "");
        _directory.Write("services.d/bad.toml", s_badKeys);
    }

    [TearDown]
    public void Delete() => _directory.Dispose();

    [Test]
    public void Check_lists_the_first_hundred_and_counts_the_others()
    {
        ProgramResult text = SuperdProgram.Run(_directory.Path, "check");
        JsonElement json = JsonDocument.Parse(SuperdProgram.Run(_directory.Path, "check", "--json").StandardOutput).RootElement;

        string[] lines = text.StandardOutput.TrimEnd('\n').Split('\n');
        Assert.That(text.ExitCode, Is.EqualTo(ExitCode.Config));
        Assert.That(lines, Has.Length.EqualTo(Problems.MostListed + 3));
        Assert.That(lines[0], Does.StartWith("services.d/bad.toml:4:1: error: unknown key \"k0\""));
        Assert.That(lines[99], Does.StartWith("services.d/bad.toml:103:1: error: unknown key \"k99\""));
        Assert.That(lines[100], Is.EqualTo($"services.d/bad.toml: {More}"));
        Assert.That(
            lines[^1],
            Is.EqualTo("superd.toml: 0 services, 20000 errors, 1 warning").Or.EqualTo("superd.toml: 0 services, 20000 errors, 0 warnings"));
        Assert.That(json.GetProperty("errors").GetInt32(), Is.EqualTo(Mistakes));
        Assert.That(json.GetProperty("diagnostics").GetArrayLength(), Is.EqualTo(Problems.MostListed + 1));
    }

    [Test]
    public void Lines_that_are_not_TOML_are_counted_likewise()
    {
        _directory.Write("services.d/bad.toml", string.Concat(Enumerable.Repeat("bad\n", Mistakes)));

        string[] lines = SuperdProgram.Run(_directory.Path, "check").StandardOutput.TrimEnd('\n').Split('\n');

        Assert.That(lines[99], Does.StartWith("services.d/bad.toml:100:"));
        Assert.That(
            lines[100], Does.StartWith("services.d/bad.toml: error: and 19,9").And.EndsWith(" more errors; mend those above first"));
        Assert.That(lines, Has.Length.LessThan(Problems.MostListed + 5));
    }

    [Test]
    public void A_start_says_no_more_than_check()
    {
        ProgramResult strict = SuperdProgram.Run(_directory.Path, "run", "--strict");
        Assert.That(
            strict.StandardError.TrimEnd('\n').Split('\n')[^2..],
            Is.EqualTo((string[])[$"services.d/bad.toml: {More}", "superd: not started: 20000 errors in the configuration superd.toml"]));

        using Daemon daemon = Daemon.Start(("good", s_good), ("bad", s_badKeys));
        Assert.That(
            daemon.Log.Count(line => line.Event == "configuration_problem" && line.Level == "error"), Is.EqualTo(Problems.MostListed + 1));
        Assert.That(daemon.Log.Count(line => line.Message.EndsWith(More, StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public void A_reload_lists_a_hundred_and_its_numbers_are_whole()
    {
        using Daemon daemon = Daemon.Start(("good", s_good));
        daemon.Write("bad", s_badKeys);

        string[] arguments = ["reload", "-c", daemon.Directory["superd.toml"]];
        ProgramResult text = SuperdProgram.Run(daemon.Directory.Path, arguments);
        JsonElement json = JsonDocument
            .Parse(SuperdProgram.Run(daemon.Directory.Path, [.. arguments, "--json"]).StandardOutput).RootElement
            .GetProperty("reload");

        string[] lines = text.StandardError.TrimEnd('\n').Split('\n');
        Assert.That(text.ExitCode, Is.EqualTo(ExitCode.Config));
        Assert.That(lines, Has.Length.EqualTo(Problems.MostListed + 2));
        Assert.That(lines[^2], Is.EqualTo("superd: and 19,900 more; 'superd check' lists the first 100 of each file"));
        Assert.That(lines[^1], Does.Contain("not reloaded: 20000 errors in "));
        Assert.That(
            (json.GetProperty("errors").GetInt32(), json.GetProperty("problems").GetArrayLength()),
            Is.EqualTo((Mistakes, Problems.MostListed)));
    }

    [Test]
    public void An_import_lists_the_first_hundred_mistakes_of_a_file_and_counts_the_others()
    {
        string attributes = string.Concat(Enumerable.Range(0, Mistakes).Select(i => $"k{i} = 1\n"));
        _directory.Write(
            "xinetd.conf",
            $"service test\n{{\ntype = UNLISTED\nport = 9003\nsocket_type = stream\nprotocol = tcp\nwait = no\nuser = root\n"
                + $"server = /bin/cat\n{attributes}}}\n");

        ProgramResult result = SuperdProgram.Run(_directory.Path, "import", "xinetd", "xinetd.conf", "-o", "new");

        string[] lines = result.StandardError.TrimEnd('\n').Split('\n');
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(lines.Count(line => line.Contains(": wrong: ", StringComparison.Ordinal)), Is.EqualTo(Problems.MostListed));
        Assert.That(lines, Does.Contain("xinetd.conf: and 19,900 more mistakes; mend those above first"));
        Assert.That(result.StandardError, Does.Contain("20000 were wrong"));
    }

    [Test]
    public void Those_listed_are_the_first_of_the_file_whatever_order_they_are_found_in()
    {
        var problems = new Problems();
        for (int line = 1000; line > 0; line--)
        {
            var place = new Place("f.toml", new SourceSpan(line, 1, 1));
            problems.Error(place, "bad");
            problems.Error(place, "bad"); // the same problem twice is reported once
            if (line % 2 == 0)
            {
                problems.Warning(place, "odd");
            }
        }

        Diagnostic[] listed = [.. problems.InOrder("")];

        Assert.That(listed, Has.Length.EqualTo(Problems.MostListed + 2));
        Assert.That(listed[99].Span.Line, Is.EqualTo(67));
        Assert.That(listed[^2..].Select(problem => problem.ToString()), Is.EqualTo((string[])
        [
            "f.toml: error: and 933 more errors; mend those above first",
            "f.toml: warning: and 467 more warnings; mend those above first",
        ]));
        Assert.That(listed.Sum(problem => problem.Number), Is.EqualTo(1500));
    }
}
