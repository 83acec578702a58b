using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Starting;

/// <summary>superd built with Native AOT: the same program without a separate runtime.</summary>
public sealed class NativeBuildTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    [Test]
    public void The_native_build_serves_han_and_lets_him_finish_at_SIGTERM()
    {
        string han = $"exec = {TomlText.Of(Repository.PathOf("src/handlers/han"))}\n";
        using Daemon daemon = Daemon.Start(new DaemonOptions { Executable = Needs.NativeSuperd() }, ("han", Listen + han));
        using Client client = daemon.Connect("han");
        Assert.That(client.ReadLine(), Is.EqualTo("Welcome to Server, from Han!"));

        Assert.That(daemon.Stop(), Is.EqualTo(0));

        Assert.That(client.ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor("end", "han")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void A_native_superd_started_without_stdin_and_stdout_gives_a_wait_handler_its_socket_as_fd_3()
    {
        // The native build opens few descriptors before superd does, so those used
        // for launches would get low numbers unless superd avoided them.
        var options = new DaemonOptions { Executable = Needs.NativeSuperd(), Wrapper = ["sh", "-c", "exec <&- >&-; exec \"$@\"", "sh"] };
        using Daemon daemon = Daemon.Start(options, ("wait", Listen + "wait = true\nexec = ['/bin/sleep', '1000']\n"));
        using Client client = daemon.Connect("wait");
        int pid = (int)daemon.WaitFor("start_wait", "wait").Number("pid");

        Patience.Until(() => ProcFs.Descriptors(pid).Keys.SequenceEqual([0, 1, 2, 3]), "the handler has fds 0 to 3");
    }

    [Test]
    public void A_handler_of_the_native_build_has_the_open_file_limit_superd_was_started_with()
    {
        var options = new DaemonOptions { Executable = Needs.NativeSuperd(), Wrapper = [Needs.Program("prlimit"), "--nofile=512:1024"] };
        using Daemon daemon = Daemon.Start(options, ("limits", Listen + TomlText.ExecShell("ulimit -Sn; ulimit -Hn")));

        using Client client = daemon.Connect("limits");

        Assert.That(client.ReadToEnd(), Is.EqualTo("512\n1024\n"));
    }

    [Test]
    public void The_native_build_becomes_its_next_version_under_load_and_loses_nobody()
    {
        string limits = TomlText.ExecShell("echo hello; read word; ulimit -Sn");
        var options = new DaemonOptions { Executable = Needs.NativeSuperd(), Wrapper = [Needs.Program("prlimit"), "--nofile=512:4096"] };
        using Daemon daemon = Daemon.Start(options, ("cat", Listen + "exec = '/bin/cat'\n"), ("long", Listen + limits));
        using Client witness = daemon.Connect("long");
        Assert.That(witness.ReadLine(), Is.EqualTo("hello"));
        using var load = new EchoLoad(daemon.Port("cat"), perSecond: 200);

        for (int i = 0; i < 20; i++)
        {
            daemon.Upgrade();
        }

        (int count, string[] failures) = load.Finish();
        Assert.That(failures, Is.Empty);
        TestContext.Out.WriteLine(
            $"{count} clients; longest pause {daemon.Log.Where(line => line.Event == "upgraded").Max(line => line.Number("pause_ms"))} ms");
        Assert.That(witness.Send("go\n").ReadToEnd(), Is.EqualTo("512\n"));
        _ = daemon.WaitFor(line => line.Event == "end", count + 1, "every connection has ended");
        using Client after = daemon.Connect("long").Send("go\n");
        Assert.That(after.ReadToEnd(), Is.EqualTo("hello\n512\n"), "the limit superd was started with");
        daemon.Signal(Signal.SIGUSR2);
        Assert.That(daemon.Stop(), Is.Zero);
    }
}
