using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Reloading;

/// <summary><c>superd reload</c> as a process: its output and its exit code.</summary>
public sealed class ReloadCommandTests
{
    private static readonly string s_cat = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n" + TomlText.OwnUser;

    [Test]
    public void It_says_what_was_added_changed_and_removed_and_counts_the_rest()
    {
        using Daemon daemon = Daemon.Start(("a", s_cat), ("b", s_cat), ("gone", s_cat), ("stays", s_cat));
        using Client live = daemon.Connect("gone");
        daemon.AcceptOf(live);
        daemon.Write("a", s_cat + "nice = 1\n");
        daemon.Write("b", s_cat + "nice = 1\n");
        daemon.Write("new", s_cat);
        daemon.Remove("gone");
        string lists = "added: new\nchanged: a, b\nremoved: gone (1 connection to finish)\n";

        ProgramResult trial = Run(daemon, "--dry-run");
        ProgramResult result = Run(daemon);

        Assert.That(trial.StandardOutput, Is.EqualTo(lists + "would be 1 added, 2 changed, 1 removed, 1 kept; nothing is changed\n"));
        Assert.That(result.StandardOutput, Is.EqualTo(lists + "1 added, 2 changed, 1 removed, 1 kept\n"));
        Assert.That((trial.ExitCode, result.ExitCode), Is.EqualTo((ExitCode.Ok, ExitCode.Ok)));
        Assert.That(result.StandardError, Is.Empty);
    }

    [Test]
    public void Files_that_are_not_read_are_named_at_the_start_and_at_a_reload()
    {
        var directory = new TempDir();
        directory.Write("services.d/greet.conf", s_cat);
        using Daemon daemon = Daemon.Start(new DaemonOptions { Directory = directory }, ("a", s_cat));
        const string Note = "note: not read, because a service is a file NAME.toml in this directory: \"greet.conf\"";
        daemon.WaitFor(line => line.Raw.Contains("not read, because a service"), 1, "the note of the start");

        ProgramResult result = Run(daemon);

        Assert.That(result.StandardError, Is.EqualTo($"{daemon.Directory["services.d"]}: {Note}\n"));
        Assert.That((result.ExitCode, result.StandardOutput), Is.EqualTo((ExitCode.Ok, "0 added, 0 changed, 0 removed, 1 kept\n")));
        daemon.WaitFor(line => line.Raw.Contains("not read, because a service"), 2, "the note of the reload");
    }

    [Test]
    public void What_is_wrong_is_said_with_file_line_and_column_and_exit_code_78()
    {
        using Daemon daemon = Daemon.Start(("a", s_cat));
        daemon.Write("a", s_cat + "instances = 0\n");

        ProgramResult result = Run(daemon);

        Assert.That(result.StandardOutput, Is.Empty);
        string file = daemon.Directory["services.d/a.toml"];
        Assert.That(
            result.StandardError.Split('\n')[^2],
            Is.EqualTo($"superd: not reloaded: 1 error in {file} (a is served as before); everything is as it was"));
        Assert.That(result.StandardError, Does.Contain($"{daemon.Directory["services.d/a.toml"]}:4:13: error: instances must be "));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Config));
    }

    [Test]
    public void With_json_it_prints_one_document_also_when_it_fails()
    {
        using Daemon daemon = Daemon.Start(("a", s_cat));
        daemon.Write("b", s_cat);
        JsonElement good = JsonDocument.Parse(Run(daemon, "--json", "--kill").StandardOutput).RootElement;
        daemon.Write("b", "x = 1\n");
        ProgramResult failed = Run(daemon, "--json");
        JsonElement bad = JsonDocument.Parse(failed.StandardOutput).RootElement;

        Assert.That(good.GetProperty("reload").GetProperty("added").GetInt32(), Is.EqualTo(1));
        Assert.That(good.GetProperty("reload").GetProperty("applied").GetBoolean(), Is.True);
        Assert.That(bad.GetProperty("ok").GetBoolean(), Is.False);
        Assert.That(Reloads.Errors(bad), Is.Not.Empty);
        Assert.That(failed.ExitCode, Is.EqualTo(ExitCode.Config));
    }

    [Test]
    public void A_superd_toml_that_is_gone_is_an_error_and_no_end()
    {
        using Daemon daemon = Daemon.Start(("a", s_cat));
        File.Delete(daemon.Directory["superd.toml"]);

        ProgramResult result = SuperdProgram.Run(daemon.Directory.Path, "reload", "--socket", daemon.Directory["control.sock"]);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Config));
        Assert.That(result.StandardError, Does.Contain("superd.toml: error: cannot be read: No such file or directory"));
        using Client client = daemon.Connect("a");
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
    }

    [Test]
    public void A_ConfigMap_that_was_swapped_is_read_as_it_is_now()
    {
        using var directory = new TempDir();
        directory.MakeDirectory("services.d");
        directory.Write("services.d/..v1/a.toml", s_cat);
        directory.Write("services.d/..v2/a.toml", s_cat + "description = 'second'\n");
        directory.Write("services.d/..v2/b.toml", s_cat);
        File.CreateSymbolicLink(directory["services.d/..data"], "..v1");
        File.CreateSymbolicLink(directory["services.d/a.toml"], "..data/a.toml");
        using Daemon daemon = Daemon.Start(new DaemonOptions { Directory = directory });
        string socket = daemon.ListenerAt(daemon.Port("a"));

        File.CreateSymbolicLink(directory["services.d/..data_tmp"], "..v2");
        Assert.That(NativeMethods.Rename(directory["services.d/..data_tmp"], directory["services.d/..data"]), Is.Zero);
        File.CreateSymbolicLink(directory["services.d/b.toml"], "..data/b.toml");

        Assert.That(Run(daemon).StandardOutput, Does.EndWith("1 added, 1 changed, 0 removed, 0 kept\n"));
        Assert.That(
            ConsoleSocket.Ask(daemon, """{"command":"status","service":"a"}""")
                .GetProperty("services")[0]
                .GetProperty("description")
                .GetString(),
            Is.EqualTo("second"));
        Assert.That(daemon.ListenerAt(daemon.Port("a")), Is.EqualTo(socket));
    }

    private static ProgramResult Run(Daemon daemon, params string[] options) =>
        SuperdProgram.Run(daemon.Directory.Path, ["reload", "-c", daemon.Directory["superd.toml"], .. options]);
}
