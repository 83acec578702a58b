using System.Net.Sockets;
using System.Security.Cryptography;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Programs;

/// <summary>Programs in several languages that do not know superd: their stdin and stdout are the client.</summary>
public sealed class LanguageTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    [Test]
    public void A_Python_handler_reads_stdin_and_writes_stdout()
    {
        using Daemon daemon = Serve(Python("""
            import sys
            for line in sys.stdin:
                print("hello", line.strip(), flush=True)
            """));
        using Client client = daemon.Connect("handler");

        Assert.That(client.Send("one\n").ReadLine(), Is.EqualTo("hello one"));
        Assert.That(client.Send("zwölf\n").ReadLine(), Is.EqualTo("hello zwölf"));
        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor("end", "handler")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void A_Python_handler_asks_its_socket_for_the_peer()
    {
        using Daemon daemon = Serve(Python("""
            import socket
            host, port = socket.socket(fileno=0).getpeername()
            print(f"{host}:{port}")
            """));
        using Client client = daemon.Connect("handler");

        Assert.That(client.ReadToEnd(), Is.EqualTo($"{client.Address}\n"));
    }

    [Test]
    public void A_Perl_handler_asks_its_socket_for_the_peer()
    {
        using Daemon daemon = Serve(Exec(Needs.Program("perl"), "-MSocket", "-e", """
            my ($port, $host) = sockaddr_in(getpeername(STDIN));
            print inet_ntoa($host), ":$port\n";
            """));
        using Client client = daemon.Connect("handler");

        Assert.That(client.ReadToEnd(), Is.EqualTo($"{client.Address}\n"));
    }

    [Test]
    public void A_filter_answers_a_client_that_has_ended_its_half()
    {
        using Daemon daemon = Serve(Exec(Needs.Program("sort")));
        using Client client = daemon.Connect("handler");

        client.Send("pear\napple\nfig\n").EndSending();

        Assert.That(client.ReadToEnd(), Is.EqualTo("apple\nfig\npear\n"));
    }

    [Test]
    public async Task Five_megabytes_come_back_from_cat_byte_for_byte()
    {
        var sent = new byte[5 * 1024 * 1024]; // far more than the sockets' buffers hold, so both directions are busy at once
        new Random(1).NextBytes(sent);
        using Daemon daemon = Serve(Exec(Needs.Program("cat")));
        using Client client = daemon.Connect("handler");
        await using var stream = new NetworkStream(client.Socket);

        Task sending = Task.Run(() =>
        {
            stream.Write(sent);
            client.EndSending();
        });
        using var received = new MemoryStream();
        stream.CopyTo(received);
        await sending;

        Assert.That(received.ToArray().AsSpan().SequenceEqual(sent), Is.True, $"{received.Length} of {sent.Length} bytes, or other ones");
    }

    [Test]
    public void An_rsync_daemon_hands_out_a_tree_and_takes_one_in()
    {
        using var directory = new TempDir();
        var rsync = new PreparedTool(Needs.Program("rsync"));
        WriteTree(directory);
        directory.MakeDirectory("incoming", "777"); // rsync, started as root, becomes nobody
        string configuration = directory.Write("rsyncd.conf", $"""
            use chroot = no
            log file = /dev/null
            [tree]
            path = {directory["tree"]}
            [incoming]
            path = {directory["incoming"]}
            read only = no
            munge symlinks = no
            """);
        using Daemon daemon = Serve(Exec(Needs.Program("rsync"), "--daemon", $"--config={configuration}"));
        string url = $"rsync://127.0.0.1:{daemon.Port("handler")}";

        rsync.Run(directory.Path, "-a", $"{url}/tree/", "copy/");
        rsync.Run(directory.Path, "-a", "tree", $"{url}/incoming/");

        Assert.That(Describe(directory["copy"]), Is.EqualTo(Describe(directory["tree"])));
        Assert.That(Describe(directory["incoming/tree"]), Is.EqualTo(Describe(directory["tree"])));
        LogLine[] ends = daemon.WaitFor(line => line.Is("end", "handler"), 2, "two transfers have ended");
        Assert.That(ends.Select(line => line["exit"]), Is.All.EqualTo("0"));
    }

    private static Daemon Serve(string exec) => Daemon.Start(("handler", Listen + exec));

    private static string Exec(params string[] command) => $"exec = {TomlText.Of(command)}\n";

    /// <summary>Python as a script's first line finds it: through the handler's own PATH.</summary>
    private static string Python(string script)
    {
        Needs.Program("python3");
        return Exec("/usr/bin/env", "python3", "-c", script);
    }

    private static void WriteTree(TempDir directory)
    {
        var bytes = new byte[1024 * 1024];
        new Random(1).NextBytes(bytes);
        directory.Write("tree/empty", "");
        directory.Write("tree/deep/er/ünd so weiter", "text\n");
        directory.Write("tree/run", "#!/bin/sh\n", "755");
        File.WriteAllBytes(directory["tree/deep/big"], bytes);
        File.CreateSymbolicLink(directory["tree/link"], "deep/big");
    }

    /// <summary>Each file of a tree: its path, and the target of a link or otherwise its mode and contents.</summary>
    private static string[] Describe(string root) =>
        [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => $"{Path.GetRelativePath(root, path)} {new FileInfo(path).LinkTarget ?? ModeAndHashOf(path)}")];

    private static string ModeAndHashOf(string path) =>
        $"{File.GetUnixFileMode(path)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}";
}
