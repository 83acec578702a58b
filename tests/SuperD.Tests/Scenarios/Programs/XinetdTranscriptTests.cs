using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Configuration.Keys;
using SuperD.Tests.Importing;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Programs;

/// <summary>
/// The same conversation with xinetd, and with superd after <c>superd import xinetd</c> of the same file, gives equal transcripts.
/// </summary>
/// <remarks>The entries come from the corpus; a test replaces only what differs on this machine: port, paths, addresses.</remarks>
public sealed class XinetdTranscriptTests
{
    private TempDir _directory = null!; // set before each test
    private int _port;

    [SetUp]
    public void Prepare()
    {
        Needs.Root();
        Needs.Program("xinetd");
        _directory = new TempDir();
        _port = FreePort.Find();
    }

    [TearDown]
    public void Clean() => _directory?.Dispose();

    [Test]
    public void Finger_of_Debian()
    {
        Needs.File("/usr/sbin/in.fingerd");
        Needs.Program("finger");
        string entry = Entry("debian-packages.conf", "finger");
        string transcript = Same(entry, client => Clockless(client.Send("root\r\n").ReadToEnd()));
        Assert.That(transcript, Does.Contain("Welcome to Linux").And.Contain("Login: root"));
        Assert.That(
            Same(entry, client => Clockless(client.Send("no-such-user\r\n").EndSending().ReadToEnd())), Does.Contain("no such user"));
    }

    [Test]
    public void Rsync_of_Red_Hat()
    {
        _directory.Write("files/one", "1\n");
        string configuration = _directory.Write(
            "rsyncd.conf", $"use chroot = no\n[files]\npath = {_directory["files"]}\ncomment = two words\n");
        string entry = Entry(
            "redhat.conf", "rsync", ("server", Needs.Program("rsync")), ("server_args", $"--daemon --config={configuration}"));
        string transcript = Same(entry, client =>
        {
            string greeting = client.ReadLine();
            return $"{greeting}\n{client.Send($"{greeting}\n#list\n").ReadToEnd()}";
        });
        Assert.That(transcript, Does.StartWith("@RSYNCD: ").And.Contain("files          \ttwo words\n@RSYNCD: EXIT\n"));
    }

    [Test]
    public void Git_of_Red_Hat()
    {
        Tool.Run(Needs.Program("git"), "init", "-q", "--bare", _directory["repo.git"]);
        string blob = Tool.Run("git", "-C", _directory["repo.git"], "hash-object", "-w", _directory.Write("one", "1\n"));
        Tool.Run("git", "-C", _directory["repo.git"], "update-ref", "refs/tags/one", blob);
        Tool.Run("chown", "-R", "nobody", _directory["repo.git"]);
        string entry = Entry("redhat.conf", "git",
            ("server", Path.Combine(Tool.Run("git", "--exec-path"), "git-daemon")),
            ("server_args", $"--base-path={_directory.Path} --export-all --inetd --verbose"));
        string transcript = Same(
            entry, client => client.Send("0032git-upload-pack /repo.git\0host=127.0.0.1:9418\0").Send("0000").ReadToEnd());
        Assert.That(transcript, Does.Contain($"{blob} refs/tags/one\0").And.EndWith("\n0000"));
    }

    /// <summary>xinetd rejects its <c>env -=</c>, so that line is left out.</summary>
    [Test]
    public void Cvs_pserver_of_Red_Hat()
    {
        string root = _directory.MakeDirectory("cvs");
        Tool.Run(Needs.Program("cvs"), "-d", root, "init");
        _directory.Write("cvs/CVSROOT/passwd", "anonymous::nobody\n");
        string entry = Entry(
            "redhat.conf", "cvspserver", ("env", null), ("type", "UNLISTED"), ("server_args", $"-f --allow-root={root} pserver"));
        string transcript = Same(entry, client =>
        {
            string login = client.Send($"BEGIN AUTH REQUEST\n{root}\nanonymous\nA\nEND AUTH REQUEST\n").ReadLine();
            return $"{login}\n{client.Send("valid-requests\n").EndSending().ReadToEnd()}";
        });
        Assert.That(transcript, Does.StartWith("I LOVE YOU\nValid-requests Root ").And.EndsWith("ok\n"));
        Assert.That(
            Same(entry, client => client.Send($"BEGIN AUTH REQUEST\n{root}\nstranger\nAB\nEND AUTH REQUEST\n").ReadToEnd()),
            Does.Contain("stranger: no such user"));
    }

    /// <summary>Percona's script needs a cluster, so a stand-in gives its answers, and also reports its user and environment.</summary>
    [Test]
    public void Clustercheck_of_Percona_and_what_its_process_is()
    {
        string script = _directory.Write("clustercheck", """
            #!/bin/sh
            while read -r line && [ "$line" != "$(printf '\r')" ]; do :; done
            printf 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n'
            echo "$0 $# $(id -u) $(id -g) $(id -G) $(umask) $(pwd) $(nice) ${REMOTE_HOST##*:} $PATH"
            for fd in 0 1 2; do readlink /proc/$$/fd/$fd | cut -d: -f1; done
            grep '^SigIgn' /proc/$$/status
            echo 'a complaint' >&2
            """, "755");
        string entry = Entry("published.conf", "mysqlchk", ("server", script));
        string transcript = Same(entry, client => client.Send("OPTIONS / HTTP/1.0\r\n\r\n").EndSending().ReadToEnd());
        Assert.That(
            transcript,
            Does.StartWith("HTTP/1.1 200 OK\r\n")
                .And.Contain($"{script} 0 65534 65534 65534 0022 / ")
                .And.Contain(" 127.0.0.1 /usr/local/sbin:")
                .And.Contain("socket\nsocket\nsocket\n")
                .And.EndsWith("a complaint\n"));
    }

    [Test]
    public void Clustercheck_of_Percona_keeps_out_whom_it_does_not_know()
    {
        string entry = Entry("published.conf", "mysqlchk", ("server", "/bin/hostname"), ("only_from", "10.0.0.0"));
        Assert.That(Same(entry, ReadWhatThereIs), Is.Empty);
        Assert.That(
            Same(Entry("published.conf", "mysqlchk", ("server", "/bin/hostname"), ("only_from", "127.0.0.{1,2} ::1")), ReadWhatThereIs),
            Is.Not.Empty);
    }

    [Test]
    public void The_echo_of_xinetd()
    {
        string entry = Entry("debian-xinetd.conf", "echo", ("disable", "no"), ("type", "INTERNAL UNLISTED"));
        Assert.That(Same(entry, client => client.Send("one\r\ntwo").EndSending().ReadToEnd()), Is.EqualTo("one\r\ntwo"));
    }

    [Test]
    public void The_busy_banner_of_vsftpd()
    {
        string banner = _directory.Write("busy", "421 Server busy, please try later.\r\n");
        string entry = Entry(
            "debian-packages.conf", "ftp", ("type", "UNLISTED"), ("server", "/bin/hostname"), ("no_access", "127.0.0.1"),
            ("banner_fail", banner));
        Assert.That(Same(entry, ReadWhatThereIs), Is.EqualTo("421 Server busy, please try later.\r\n"));
    }

    [Test]
    public void A_telnet_that_is_somewhere_else()
    {
        using var backend = new TcpListener(System.Net.IPAddress.Loopback, 0);
        backend.Start();
        string entry = Entry(
            "xinetd-sample.conf",
            "telnet",
            ("type", "UNLISTED"),
            ("server", "/bin/true"),
            ("bind", "127.0.0.1"),
            ("redirect", $"127.0.0.1 {((System.Net.IPEndPoint)backend.LocalEndpoint).Port}"),
            ("log_on_failure", "HOST"));
        Assert.That(Same(entry, client =>
        {
            client.Send("hello\n");
            using Socket server = backend.AcceptSocket();
            var bytes = new byte[100];
            int count = server.Receive(bytes);
            server.Send(Encoding.UTF8.GetBytes("welcome, " + Encoding.UTF8.GetString(bytes, 0, count)));
            server.Shutdown(SocketShutdown.Both);
            return client.ReadToEnd();
        }), Is.EqualTo("welcome, hello\n"));
    }

    /// <summary>Holds the conversation with both servers and returns the transcript, which must be the same.</summary>
    private string Same(string entry, Func<Client, string> conversation)
    {
        string configuration = _directory.Write("xinetd.conf", entry);
        string there;
        using (new Xinetd(configuration, _directory))
        {
            using var client = new Client(_port);
            there = conversation(client);
        }

        // A test may import twice, and an import never overwrites.
        string target = _directory[$"imported-{Guid.NewGuid()}"];
        ProgramResult import = SuperdProgram.Run(_directory.Path, "import", "xinetd", configuration, "-o", target);
        Assert.That(import.ExitCode, Is.Zero, import.StandardError);
        string file = Directory
            .EnumerateFiles(Path.Combine(target, "services.d"), "*.toml")
            .SingleOrDefault() ?? throw new AssertionException(import.StandardError);
        using Daemon daemon = Daemon.Start((Path.GetFileNameWithoutExtension(file), File.ReadAllText(file)));
        using var again = new Client(_port);
        Assert.That(conversation(again), Is.EqualTo(there));
        return there;
    }

    /// <summary>An entry of the corpus.</summary>
    /// <param name="changes">Attributes to replace, or to remove (null).</param>
    private string Entry(string file, string service, params (string Name, string? Value)[] changes)
    {
        Dictionary<string, string> attributes = ImportCorpus.XinetdEntry(file, service);
        foreach ((string name, string? value) in changes.Append(("port", $"{_port}")))
        {
            attributes.Remove(name);
            if (value is not null)
            {
                attributes.Add(name, value);
            }
        }

        if (!attributes.ContainsKey("type"))
        {
            attributes.Add("type", "UNLISTED"); // its port is not in /etc/services
        }

        return $"service {service}\n{{\n{string.Concat(attributes.Select(one => $"{one.Key} = {one.Value}\n"))}}}\n";
    }

    private static string ReadWhatThereIs(Client client)
    {
        try
        {
            return client.ReadToEnd();
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return "";
        }
    }

    /// <summary>The text without the line that shows the time and the load of the machine.</summary>
    private static string Clockless(string text) => Regex.Replace(text, @".*load average:.*|.*\bup \d.*", "(now)");
}
