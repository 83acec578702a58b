using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Load;

/// <summary>When the loop of a real superd is stuck, superd reports that while it lasts, and where.</summary>
public sealed class SlowTurnTests
{
    /// <summary>Stops a thread at its next accept4(2) and holds it until the holder's stdin ends.</summary>
    private const string Holder = """
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/ptrace.h>
        #include <sys/syscall.h>
        #include <sys/user.h>
        #include <sys/wait.h>
        #include <unistd.h>

        int main(int argc, char **argv)
        {
            pid_t tid = argc > 1 ? atoi(argv[1]) : 0;
            struct user_regs_struct registers;
            int status;
            char byte;
            if (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD) != 0 || ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0)
                return perror("ptrace"), 1;
            puts("watching");
            fflush(stdout);
            do
            {
                if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
                    return perror("waitpid"), 1;
                if (ptrace(PTRACE_GETREGS, tid, 0, &registers) == 0 && registers.orig_rax == SYS_accept4
                        && WSTOPSIG(status) == (SIGTRAP | 0x80))
                    break;
            }
            while (ptrace(PTRACE_SYSCALL, tid, 0, 0) == 0);
            puts("held");
            fflush(stdout);
            while (read(0, &byte, 1) > 0)
                ;
            return ptrace(PTRACE_DETACH, tid, 0, 0) == 0 ? 0 : 1;
        }
        """;

    [Test]
    public void A_loop_that_is_stuck_is_told_with_its_source_while_it_is_stuck()
    {
        Needs.Root();
        using var directory = new TempDir();
        string program = CProgram.Compile(directory, "hold", Holder);
        using Daemon daemon = Daemon.Start(("hello", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello")));
        using var holder = new RunningProgram(program, [$"{ProcFs.Threads(daemon.Pid, "loop").Min()}"]);
        Assert.That(holder.Output.ReadLine(), Is.EqualTo("watching"));
        using Client client = daemon.Connect("hello");
        Assert.That(holder.Output.ReadLine(), Is.EqualTo("held"));

        LogLine stuck = daemon.WaitFor(line => line.Event == "slow_turn", "the stuck loop is told");
        Assert.That((stuck["source"], stuck["state"], stuck.Level), Is.EqualTo(("TcpPortListener", "running", "warn")));
        Assert.That(stuck.Number("duration_ms"), Is.GreaterThanOrEqualTo(1000));

        holder.EndInput();
        Assert.That(holder.WaitForEnd(), Is.Zero);
        Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
        LogLine ended = daemon.WaitFor(line => line.Event == "slow_turn" && line["state"] == "ended", "its end is told");
        Assert.That(ended["source"], Is.EqualTo("TcpPortListener"));
        Assert.That(ended.Number("duration_ms"), Is.GreaterThanOrEqualTo(stuck.Number("duration_ms")));
        JsonElement longest = ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("server").GetProperty("longest_turn");
        Assert.That(longest.GetProperty("duration_ms").GetInt64(), Is.EqualTo(ended.Number("duration_ms")));
        Assert.That(longest.GetProperty("source").GetString(), Is.EqualTo("TcpPortListener"));
        Assert.That(
            SuperdProgram.Run(daemon.Directory.Path, "status").StandardOutput,
            Does.Contain($"longest turn {ended["duration_ms"]} ms, at TcpPortListener"));
        Assert.That(
            SuperdProgram.Run(daemon.Directory.Path, "metrics").StandardOutput,
            Does.Contain(FormattableString.Invariant($"superd_longest_turn_seconds {ended.Number("duration_ms") / 1000.0}\n")));
        Assert.That(daemon.Stop(), Is.Zero);
    }
}
