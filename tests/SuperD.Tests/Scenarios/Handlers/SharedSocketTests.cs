using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>Options that a handler sets on a socket shared with superd never make superd's own calls block.</summary>
public sealed class SharedSocketTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    /// <summary>Sets SO_LINGER and fills the connection to a client that does not read.</summary>
    private const string Lingering = """
        #include <sys/socket.h>

        int main(void)
        {
            static char bytes[64 * 1024];
            struct linger linger = { 1, 3600 };
            if (setsockopt(1, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) != 0)
                return 1;
            while (send(1, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
                ;
            return 0;
        }

        """;

    /// <summary>Leaves behind a process that clears O_NONBLOCK on the listening socket and accepts clients from it.</summary>
    private const string Possessive = """
        #include <fcntl.h>
        #include <sys/socket.h>
        #include <unistd.h>

        int main(void)
        {
            if (fork() == 0)
                for (;;) {
                    fcntl(0, F_SETFL, O_RDWR);
                    close(accept(0, 0, 0));
                }
            return 0;
        }

        """;

    private readonly TempDir _programs = new();

    [OneTimeTearDown]
    public void Remove() => _programs.Dispose();

    [TestCase("graceful")]
    [TestCase("immediate")]
    public void A_handler_that_has_its_socket_linger_holds_up_nobody(string close)
    {
        const int Count = 20;
        string program = CProgram.Compile(_programs, "lingering", Lingering);
        using Daemon daemon = Daemon.Start(
            ("lingering", Listen + $"close = '{close}'\nexec = {TomlText.Of(program)}\n"),
            ("han", Listen + TomlText.ExecShell("echo hello")));
        int port = daemon.Port("lingering");

        Client[] deaf = [.. Enumerable.Range(0, Count).Select(_ => new Client(port, receiveBuffer: 4096))];

        _ = daemon.WaitFor(line => line.Is("end", "lingering"), Count, "all handlers have ended");
        Patience.Until(() => ServerState(daemon, "closing") == 0, "superd has closed their sockets");
        using Client other = daemon.Connect("han");
        Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
        Array.ForEach(deaf, client => client.Dispose());
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [TestCase("", TestName = "What_a_wait_handler_leaves_behind_at_its_socket_holds_up_nobody_when_clients_are_refused")]
    [TestCase("reloaded", TestName = "What_a_wait_handler_leaves_behind_at_its_socket_holds_up_nobody_when_superd_accepts_itself")]
    public void What_a_wait_handler_leaves_behind_at_its_socket_holds_up_nobody(string answer)
    {
        const int Count = 100;
        string program = CProgram.Compile(_programs, "possessive", Possessive);
        using Daemon daemon = Daemon.Start(
            ("door", Listen + $"wait = true\norphans = 'keep'\nexec = {TomlText.Of(program)}\n"),
            ("han", Listen + TomlText.ExecShell("echo hello")));
        int port = daemon.Port("door");
        try
        {
            using var first = new Client(port);
            _ = daemon.WaitFor("end", "door");
            Patience.Until(() => Left(program).Length > 0, "a process is left");
            if (answer.Length > 0)
            {
                daemon.Directory.Write("services.d/door.toml", Listen + TomlText.ExecShell($"echo {answer}"));
                Assert.That(ConsoleSocket.Ask(daemon, """{"command":"reload"}""").GetProperty("ok").GetBoolean(), Is.True);
            }
            else
            {
                ConsoleSocket.Ask(daemon, """{"command":"drain","service":"door"}""");
            }

            for (int i = 0; i < Count; i++)
            {
                using var client = new Client(port);
                Assert.That(client.TryReadLine(), Is.Null.Or.EqualTo(answer), "superd has it, or it was taken");
                using Client other = daemon.Connect("han");
                Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
            }

            Assert.That(daemon.Stop(), Is.Zero);
        }
        finally
        {
            Array.ForEach(Left(program), pid => NativeMethods.Kill(pid, SuperD.Linux.Signal.SIGKILL));
        }
    }

    private static int ServerState(Daemon daemon, string what) =>
        ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("server").GetProperty(what).GetInt32();

    private static int[] Left(string program) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out int pid) ? pid : 0)
            .Where(pid => pid != 0 && ProcFs.IsRunning(pid) && ProcFs.Link(pid, "exe") == program),
    ];
}
