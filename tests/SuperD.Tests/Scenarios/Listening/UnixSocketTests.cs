using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Listening;

/// <summary>Services on Unix-domain sockets: their files and their peers.</summary>
public sealed class UnixSocketTests
{
    private const string Hello = "echo hello; read line; echo \"got $line\"";

    private readonly TempDir _directory = new();

    /// <summary>The socket's path, outside superd's own directory, which each superd deletes at its end.</summary>
    private string SocketPath => _directory["run.sock"];

    [OneTimeTearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TearDown]
    public void DeleteSocket() => File.Delete(SocketPath);

    [Test]
    public void Placeholders_name_the_user_and_the_socket()
    {
        string path = _directory["a b.sock"];
        string service = $"listen = {TomlText.Of("unix:" + path)}\n"
            + "exec = ['/bin/sh', '-c', 'echo \"$1|$2|$PORT|\"', 'sh', '{peer_addr}', '{local_addr}']\n";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Tables = "[defaults]\nenv.PORT = '{peer_port}{local_port}'" }, ("args", service));
        using Client client = Connect(path);

        Assert.That(client.ReadToEnd(), Is.EqualTo($"uid:{NativeMethods.EffectiveUserId()}|{path}||\n"));
    }

    [Test]
    public void A_client_of_a_socket_file_is_served_and_logged_with_its_uid_gid_and_pid()
    {
        using Daemon daemon = Daemon.Start(("han", Listen(SocketPath) + TomlText.ExecShell(Hello)));

        using Client client = Connect(SocketPath);

        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        Assert.That(client.Send("you\n").ReadToEnd(), Is.EqualTo("got you\n"));
        LogLine accept = daemon.WaitFor("accept", "han");
        Assert.That(
            accept["peer"],
            Is.EqualTo($"unix:uid={NativeMethods.EffectiveUserId()},gid={NativeMethods.EffectiveGroupId()},pid={Environment.ProcessId}"));
        Assert.That(daemon.WaitFor("listen", "han")["address"], Is.EqualTo($"unix:{SocketPath}"));
        daemon.WaitFor("end", "han");
    }

    [Test]
    public void A_client_of_an_abstract_socket_is_served_and_no_file_is_made()
    {
        string name = $"superd-test-{Guid.NewGuid():N}";
        using Daemon daemon = Daemon.Start(("han", Listen("@" + name) + TomlText.ExecTestHandler("env")));

        using var client = new Client(new UnixDomainSocketEndPoint("\0" + name));

        string[] environment = client.ReadToEnd().Split('\n');
        Assert.That(
            environment,
            Does.Contain("PROTO=IPC").And.Contain($"IPCLOCALPATH=@{name}").And.Contain($"IPCREMOTEPID={Environment.ProcessId}"));
        Assert.That(File.Exists(name), Is.False);
        Assert.That(File.Exists(daemon.Directory[$"services.d/@{name}"]), Is.False);
    }

    [Test]
    public void A_handler_is_told_who_connected_in_the_words_of_UCSPI_and_nothing_that_is_not_known()
    {
        using Daemon daemon = Daemon.Start(("env", Listen(SocketPath) + TomlText.ExecTestHandler("env")));

        using Client client = Connect(SocketPath);

        string[] environment = client.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(environment.Where(line => !line.StartsWith("PATH=")), Is.EqualTo(
        [
            $"IPCLOCALPATH={SocketPath}",
            $"IPCREMOTEEGID={NativeMethods.EffectiveGroupId()}",
            $"IPCREMOTEEUID={NativeMethods.EffectiveUserId()}",
            $"IPCREMOTEPID={Environment.ProcessId}",
            "PROTO=IPC",
            "SUPERD_CONNECTION=1",
            "SUPERD_SERVICE=env",
        ]));
    }

    [Test]
    public void A_client_that_has_a_name_is_told_of_by_its_name()
    {
        using Daemon daemon = Daemon.Start(("env", Listen(SocketPath) + TomlText.ExecTestHandler("env")));
        string path = _directory["client.sock"];
        string name = $"superd-client-{Guid.NewGuid():N}";

        using var withPath = new Client(new UnixDomainSocketEndPoint(SocketPath), new UnixDomainSocketEndPoint(path));
        using var withName = new Client(new UnixDomainSocketEndPoint(SocketPath), new UnixDomainSocketEndPoint("\0" + name));

        Assert.That(withPath.ReadToEnd().Split('\n'), Does.Contain($"REMOTE_ADDR={path}").And.Contain($"IPCREMOTEPATH={path}"));
        Assert.That(withName.ReadToEnd().Split('\n'), Does.Contain($"REMOTE_ADDR=@{name}").And.Contain($"IPCREMOTEPATH=@{name}"));
    }

    [Test]
    public void A_relative_path_starts_at_the_directory_of_the_service_file()
    {
        using Daemon daemon = Daemon.Start(("han", Listen("../han.sock") + TomlText.ExecShell(Hello)));

        using Client client = Connect(daemon.Directory["han.sock"]);

        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void The_file_is_for_its_owner_and_group_unless_socket_mode_says_otherwise()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = ["sh", "-c", "umask 077; exec \"$@\"", "sh"] },
            ("usual", Listen(SocketPath) + TomlText.ExecShell(Hello)),
            ("open", Listen("../open.sock") + "socket_mode = '0666'\n" + TomlText.ExecShell(Hello)));

        Assert.That(ModeOf(SocketPath), Is.EqualTo("660"));
        Assert.That(ModeOf(daemon.Directory["open.sock"]), Is.EqualTo("666"));
    }

    [Test]
    public void The_file_is_given_to_socket_owner_and_others_may_not_connect()
    {
        Needs.Root();
        Needs.Program("setpriv");
        Needs.Program("nc");
        using Daemon daemon = Daemon.Start(
            ("han", Listen(SocketPath) + "socket_owner = 'daemon:65534'\n" + TomlText.ExecShell("echo hello")));

        string[] connect = ["nc", "-d", "-U", SocketPath];
        Assert.That(Tool.Run("stat", "-c", "%U %g", SocketPath), Is.EqualTo("daemon 65534"));
        Assert.That(Tool.Succeeds("setpriv", [.. As("65534", "65533"), .. connect]), Is.False);
        Assert.That(Tool.Run("setpriv", [.. As("65533", "65534"), .. connect]), Is.EqualTo("hello"));
        Assert.That(daemon.WaitFor("accept", "han")["peer"], Does.StartWith("unix:uid=65533,gid=65534,pid="));
    }

    [Test]
    public void A_socket_file_that_nobody_listens_at_is_replaced()
    {
        using (Daemon killed = Daemon.Start(("han", Listen(SocketPath) + TomlText.ExecShell(Hello))))
        {
            killed.Signal(SuperD.Linux.Signal.SIGKILL);
            killed.WaitForExit();
        }

        Assert.That(File.Exists(SocketPath), Is.True, "a killed superd cannot remove its file");

        using Daemon daemon = Daemon.Start(("han", Listen(SocketPath) + TomlText.ExecShell(Hello)));

        using Client client = Connect(SocketPath);
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void A_socket_that_another_process_listens_at_is_left_alone_and_taken_when_it_is_free()
    {
        using Daemon first = Daemon.Start(("first", Listen(SocketPath) + TomlText.ExecShell("echo first")));
        using Daemon second = Daemon.Start(
            new DaemonOptions { WaitsForReady = false }, ("second", Listen(SocketPath) + TomlText.ExecShell("echo second")));

        LogLine failure = second.WaitFor("bind_failed", "second");

        Assert.That(
            failure["error"],
            Does.StartWith($"another process listens at {SocketPath}; end it, or choose another path: pid {first.Pid} (superd"));
        using (Client client = Connect(SocketPath))
        {
            Assert.That(client.ReadToEnd(), Is.EqualTo("first\n"));
        }

        first.Stop();
        Assert.That(
            first.Log.Count(line => line.Is("accept", "first")), Is.EqualTo(1), "looking whether somebody listens is no connection");
        second.WaitFor(line => line.Event == "ready", "the second has the socket");
        using Client after = Connect(SocketPath);
        Assert.That(after.ReadToEnd(), Is.EqualTo("second\n"));
    }

    [Test]
    public void A_file_that_is_no_socket_is_never_touched()
    {
        File.WriteAllText(SocketPath, "precious");
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { WaitsForReady = false }, ("han", Listen(SocketPath) + TomlText.ExecShell(Hello)));

        LogLine failure = daemon.WaitFor("bind_failed", "han");

        Assert.That(
            failure["error"],
            Is.EqualTo($"{SocketPath} is a regular file, which superd does not touch; remove it, or choose another path"));
        Assert.That(failure["retry_seconds"], Is.EqualTo("1"));
        daemon.Stop();
        Assert.That(File.ReadAllText(SocketPath), Is.EqualTo("precious"));
    }

    [Test]
    public void A_directory_that_is_missing_is_told_of_and_waited_for()
    {
        string path = _directory["later/run.sock"];
        using Daemon daemon = Daemon.Start(new DaemonOptions { WaitsForReady = false }, ("han", Listen(path) + TomlText.ExecShell(Hello)));

        LogLine warning = daemon.WaitFor(
            line => line.Event == "configuration_problem" && line.Message.Contains("of the socket"), "the missing directory is told of");
        Assert.That(
            warning.Message,
            Does.EndWith(
                $"warning: the directory \"{_directory["later"]}\" of the socket does not exist now; create it, or superd waits for it"));
        Assert.That(
            daemon.WaitFor("bind_failed", "han")["error"], Is.EqualTo($"the directory {_directory["later"]} does not exist; create it"));

        _directory.MakeDirectory("later");
        daemon.WaitFor("listen", "han");
        using Client client = Connect(path);
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void The_file_goes_with_superd()
    {
        using Daemon daemon = Daemon.Start(("han", Listen(SocketPath) + TomlText.ExecShell(Hello)));
        Assert.That(File.Exists(SocketPath), Is.True);

        daemon.Stop();

        Assert.That(File.Exists(SocketPath), Is.False);
    }

    [Test]
    public void A_file_that_somebody_put_in_place_of_superds_own_stays()
    {
        using Daemon daemon = Daemon.Start(("han", Listen(SocketPath) + TomlText.ExecShell(Hello)));
        File.Delete(SocketPath);
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(SocketPath));

        daemon.Stop();

        Assert.That(File.Exists(SocketPath), Is.True);
    }

    [Test]
    public void A_wait_service_gets_the_socket_itself()
    {
        using Daemon daemon = Daemon.Start(("wait", Listen(SocketPath) + "wait = true\n" + TomlText.ExecTestHandler("accept")));

        for (int run = 1; run <= 2; run++)
        {
            using Client client = Connect(SocketPath);
            string[] answer = client.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            int pid = (int)daemon.WaitFor(line => line.Is("start_wait", "wait"), run, "the handler has started").Last().Number("pid");
            Assert.That(answer, Is.EqualTo([$"served by {pid}", "LISTEN_FDS=1", $"LISTEN_PID={pid}", "LISTEN_FDNAMES=wait"]));
        }
    }

    [Test]
    public void A_wait_handler_that_never_accepts_is_held_back_and_after_five_the_client_is_dropped()
    {
        using Daemon daemon = Daemon.Start(
            ("wait", Listen(SocketPath) + "wait = true\n" + TomlText.ExecTestHandler("exit-without-accept")));

        using (Client leaves = Connect(SocketPath))
        {
            daemon.WaitFor("start_wait", "wait");
        }

        LogLine drop = daemon.WaitFor("client_dropped", "wait");
        Assert.That(drop["peer"], Does.StartWith("unix:uid="));
        Assert.That(daemon.Log.Count(line => line.Is("end", "wait")), Is.EqualTo(5));
        Assert.That(daemon.Log.Count(line => line.Is("wait_back_off", "wait")), Is.EqualTo(1));
    }

    [Test]
    public void Connections_beyond_instances_are_refused_as_over_TCP()
    {
        using Daemon daemon = Daemon.Start(("one", Listen(SocketPath) + "instances = 1\n" + TomlText.ExecShell(Hello)));
        using Client first = Connect(SocketPath);
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));

        using Client second = Connect(SocketPath);

        Assert.That(second.IsClosedWithoutReply(), Is.True);
        LogLine refusal = daemon.WaitFor("refuse", "one");
        Assert.That(refusal["reason"], Is.EqualTo("instances"));
        Assert.That(refusal["peer"], Does.EndWith($",pid={Environment.ProcessId}"));
    }

    [Test]
    public void Only_users_and_groups_that_may_come_are_served()
    {
        Needs.Root();
        Needs.Program("setpriv");
        Needs.Program("nc");
        using Daemon daemon = Daemon.Start(
            (
                "han",
                Listen(SocketPath) + "socket_mode = '0666'\nonly_from = ['uid:65531', 'gid:adm']\nno_access = 'uid:65530'\n"
                    + TomlText.ExecShell("echo hello")));
        uint adm = SuperD.Linux.UserDatabase.FindGroup("adm", out _)!.GroupId; // Debian's base-passwd has it
        string[] connect = ["nc", "-d", "-U", SocketPath];

        Assert.That(Tool.Run("setpriv", [.. As("65531", "65534"), .. connect]), Is.EqualTo("hello"), "the user");
        Assert.That(Tool.Run("setpriv", [.. As("65532", $"{adm}"), .. connect]), Is.EqualTo("hello"), "in the group");
        Assert.That(
            Tool.Run("setpriv", ["--reuid=65532", "--regid=65534", $"--groups=65533,{adm}", .. connect]),
            Is.EqualTo("hello"),
            "a supplementary group");
        Assert.That(Tool.Run("setpriv", [.. As("65532", "65534"), .. connect]), Is.Empty, "neither");
        Assert.That(Tool.Run("setpriv", [.. As("65530", $"{adm}"), .. connect]), Is.Empty, "a user is closer than a group");

        LogLine[] refusals = daemon.WaitFor(line => line.Is("refuse", "han"), 2, "both refusals are told of");
        Assert.That(refusals.Select(line => line["reason"]), Is.EqualTo(["only_from", "no_access"]));
        Assert.That(refusals[0]["peer"], Does.StartWith("unix:uid=65532,gid=65534,pid="));
        daemon.WaitFor(line => line.Is("end", "han"), 3, "those served have ended");
        Assert.That(daemon.Log.Count(line => line.Is("accept", "han")), Is.EqualTo(3));
        daemon.Records();
    }

    [Test]
    public void A_user_is_one_source_however_many_processes_connect()
    {
        using Daemon daemon = Daemon.Start(("han", Listen(SocketPath) + "per_source = 1\n" + TomlText.ExecShell(Hello)));
        using Client first = Connect(SocketPath);
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));

        using Client second = Connect(SocketPath);

        Assert.That(second.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "han")["reason"], Is.EqualTo("per_source"));
        Assert.That(first.Send("you\n").ReadToEnd(), Is.EqualTo("got you\n"));
        daemon.WaitFor("end", "han");
        using Client third = Connect(SocketPath);
        Assert.That(third.ReadLine(), Is.EqualTo("hello"));
    }

    private static string Listen(string name) => $"listen = {TomlText.Of("unix:" + name)}\n";

    private static Client Connect(string path) => new(new UnixDomainSocketEndPoint(path));

    private static string ModeOf(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);

    private static string[] As(string uid, string gid) => [$"--reuid={uid}", $"--regid={gid}", "--clear-groups"];
}
