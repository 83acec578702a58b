using System.Buffers.Binary;
using System.Net;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Programs;

/// <summary>Third-party datagram services: Debian's in.tftpd with its tftp client, and in.ntalkd.</summary>
public sealed class TftpTests
{
    private const string Server = "/usr/sbin/in.tftpd";
    private const int FileSize = 5 * 1024 * 1024;

    private readonly TempDir _directory = new();

    [OneTimeTearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TestCase("wait = true\n", "start_datagram_wait")]
    [TestCase("", "accept")]
    public void In_tftpd_sends_and_takes_five_megabytes(string wait, string launchEvent)
    {
        NeedTftp();
        string root = _directory.MakeDirectory($"tftp-{launchEvent}", "777");
        byte[] sent = WriteRandomFile(Path.Combine(root, "down"), 1);
        byte[] uploaded = WriteRandomFile(_directory["up"], 2);
        using Daemon daemon = Daemon.Start(("tftp", "listen = 'udp://127.0.0.1:0'\n" + wait + ExecServer(root, idleSeconds: 60)));

        Tftp(daemon.Port("tftp"), "get", "down", _directory["got"]);
        Tftp(daemon.Port("tftp"), "put", _directory["up"], "taken");

        Assert.That(File.ReadAllBytes(_directory["got"]), Is.EqualTo(sent));
        Assert.That(File.ReadAllBytes(Path.Combine(root, "taken")), Is.EqualTo(uploaded));
        Assert.That(daemon.WaitFor(launchEvent, "tftp")["peer"], Does.StartWith("127.0.0.1:"));
    }

    [Test]
    public void After_in_tftpd_has_ended_the_next_request_starts_it_again()
    {
        NeedTftp();
        string root = _directory.MakeDirectory("tftp-again", "777");
        File.WriteAllText(Path.Combine(root, "hello"), "hello, again");
        using Daemon daemon = Daemon.Start(("tftp", "listen = 'udp://127.0.0.1:0'\nwait = true\n" + ExecServer(root, idleSeconds: 1)));

        for (int run = 1; run <= 2; run++)
        {
            string got = _directory[$"hello{run}"];
            Tftp(daemon.Port("tftp"), "get", "hello", got);
            Assert.That(File.ReadAllText(got), Is.EqualTo("hello, again"));
            daemon.WaitFor(line => line.Is("end", "tftp"), run, "in.tftpd has waited a second for the next request and ended");
        }

        Assert.That(daemon.Log.Count(line => line.Is("start_datagram_wait", "tftp")), Is.EqualTo(2));
    }

    [Test]
    public void In_ntalkd_answers_a_look_up()
    {
        Needs.Root();
        Needs.File("/usr/sbin/in.ntalkd");
        using Daemon daemon = Daemon.Start(("ntalk", "listen = 'udp://127.0.0.1:0'\nwait = true\nexec = '/usr/sbin/in.ntalkd'\n"));
        using var client = new DatagramClient(daemon.Port("ntalk"));

        byte[] answer = client.Send(LookUp(client.LocalPort)).ReceiveBytes();

        // struct ctl_response of protocols/talkd.h: version 1, type LOOK_UP, answer NOT_HERE, and the number of the request.
        Assert.That(answer, Has.Length.EqualTo(24));
        Assert.That(answer[..3], Is.EqualTo(new byte[] { 1, 1, 1 }));
        Assert.That(BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(4)), Is.EqualTo(0));
        Assert.That(daemon.WaitFor("start_datagram_wait", "ntalk")["peer"], Is.EqualTo(client.Address));
    }

    private static void NeedTftp()
    {
        Needs.Root(); // in.tftpd calls chroot
        Needs.File(Server);
        Needs.Program("tftp");
    }

    private static string ExecServer(string root, int idleSeconds) =>
        $"exec = {TomlText.Of(Server, "--secure", "--create", "--umask", "000", "--timeout", $"{idleSeconds}", root)}\n";

    private static void Tftp(int port, string command, string from, string to)
    {
        string said = Tool.Run("tftp", "-4", "-m", "binary", "127.0.0.1", $"{port}", "-c", command, from, to);
        Assert.That(said, Does.Not.Contain("rror"), "the client reports errors with exit status 0");
    }

    private static byte[] WriteRandomFile(string path, int seed)
    {
        byte[] bytes = new byte[FileSize];
        new Random(seed).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        return bytes;
    }

    /// <summary>struct ctl_msg of protocols/talkd.h: asks whether this user has invited that one.</summary>
    private static byte[] LookUp(int answerPort)
    {
        byte[] message = new byte[84];
        message[0] = 1; // version
        message[1] = 1; // LOOK_UP
        WriteAddress(message.AsSpan(8), 0);
        WriteAddress(message.AsSpan(24), answerPort);
        "caller"u8.CopyTo(message.AsSpan(44));
        "callee"u8.CopyTo(message.AsSpan(56));
        return message;

        static void WriteAddress(Span<byte> address, int port)
        {
            BinaryPrimitives.WriteUInt16BigEndian(address, 2); // AF_INET
            BinaryPrimitives.WriteUInt16BigEndian(address[2..], (ushort)port);
            IPAddress.Loopback.TryWriteBytes(address[4..], out _);
        }
    }
}
