using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Logging;

/// <summary>The level of a connection's record: how its handler ended, and <c>log_exit</c>.</summary>
public sealed class EndLevelTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n", Warn = "log_exit = 'warn'\n";

    [TestCase("exit 0", Warn, "info")]
    [TestCase("exit 3", "", "info")]
    [TestCase("exit 3", Warn, "warn")]
    [TestCase("exit 126", "", "warn")]
    [TestCase("no-such-program", "", "warn")]
    [TestCase("kill -SEGV $$", "rlimit = { core = 0 }\n", "warn")]
    [TestCase("kill -KILL $$", "log_exit = 'info'\n", "warn")]
    [TestCase("kill -TERM $$", "", "warn")]
    [TestCase("kill -PIPE $$", Warn, "info")]
    public void A_crash_is_a_warning_and_any_other_failure_is_what_the_service_says(string script, string keys, string level)
    {
        using Daemon daemon = Daemon.Start(("han", Listen + keys + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("han");

        Assert.That(daemon.WaitFor("end", "han").Level, Is.EqualTo(level));
        Assert.That(daemon.Records(), Has.Length.EqualTo(1));
    }

    [Test]
    public void Defaults_hold_for_all_services()
    {
        var options = new DaemonOptions { Tables = "[defaults]\n" + Warn };
        using Daemon daemon = Daemon.Start(options, ("han", Listen + TomlText.ExecShell("exit 3")));
        using Client client = daemon.Connect("han");

        Assert.That(daemon.WaitFor("end", "han").Level, Is.EqualTo("warn"));
    }

    [TestCase("exec sleep 1000", "signal", "TERM", "info")]
    [TestCase("trap '' TERM; while :; do sleep 0.1; done", "signal", "KILL", "info")]
    [TestCase("trap 'exit 3' TERM; while :; do sleep 0.1; done", "exit", "3", "info")]
    [TestCase("trap 'ulimit -c 0; kill -SEGV $$' TERM; while :; do sleep 0.1; done", "signal", "SEGV", "warn")]
    public void A_handler_that_superd_ended_is_no_warning_unless_it_crashed(string script, string fact, string value, string level)
    {
        const string limits = "run_timeout = '300ms'\nstop_grace = '300ms'\n";
        using Daemon daemon = Daemon.Start(("han", Listen + limits + Warn + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("han");

        LogLine end = daemon.WaitFor("end", "han");

        Assert.That((end.Reason, end[fact], end.Level), Is.EqualTo(("run_timeout", value, level)));
    }

    [Test]
    public void A_client_that_left_an_operator_and_the_end_of_superd_are_no_warnings()
    {
        using Daemon daemon = Daemon.Start(("han", Listen + Warn + TomlText.ExecShell("echo up; exec sleep 1000")));
        using (Client reset = daemon.Connect("han"))
        {
            Assert.That(reset.ReadLine(), Is.EqualTo("up"));
            reset.Reset();
        }

        Assert.That(daemon.WaitFor("end", "han").Reason, Is.EqualTo("client_gone"));
        using Client asked = daemon.Connect("han");
        Assert.That(asked.ReadLine(), Is.EqualTo("up"));
        Assert.That(ConsoleSocket.Ask(daemon, """{"command":"end","service":"han"}""").GetProperty("ok").GetBoolean(), Is.True);
        _ = daemon.WaitFor(line => line.Is("end", "han"), 2, "the operator has ended it");
        using Client last = daemon.Connect("han");
        Assert.That(last.ReadLine(), Is.EqualTo("up"));
        daemon.Signal(NativeMethods.SIGQUIT);
        daemon.WaitForExit();

        LogLine[] ends = [.. daemon.Log.Where(line => line.Is("end", "han"))];
        Assert.That(ends.Select(end => end.Reason), Is.EqualTo((string[])["client_gone", "operator", "shutdown"]));
        Assert.That(ends.Select(end => end.Level), Is.All.EqualTo("info"));
    }

    [Test]
    public void A_handler_keeps_the_level_it_was_started_with_through_a_reload_and_an_upgrade()
    {
        string exec = TomlText.ExecShell("echo up; read line; exit 3");
        using Daemon daemon = Daemon.Start(("han", Listen + Warn + exec));
        using Client client = daemon.Connect("han");
        Assert.That(client.ReadLine(), Is.EqualTo("up"));
        daemon.Write("han", Listen + exec);
        daemon.Reload();
        daemon.Upgrade();

        client.Send("go\n");

        Assert.That(daemon.WaitFor("end", "han").Level, Is.EqualTo("warn"));
    }
}
