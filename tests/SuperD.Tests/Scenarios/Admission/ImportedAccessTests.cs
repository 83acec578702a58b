using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Admission;

/// <summary>A socket unit that lets in only some clients, and superd after its import: the others are refused.</summary>
public sealed class ImportedAccessTests
{
    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public void Whom_a_socket_unit_does_not_let_in_superd_does_not_either()
    {
        Needs.Root();
        string unit = _directory.Write(
            "a.socket", "[Socket]\nListenStream=127.0.0.1:0\nAccept=yes\nIPAddressDeny=any\nIPAddressAllow=127.0.0.2\n");
        _directory.Write("a@.service", "[Service]\nExecStart=/bin/echo hello\nStandardInput=socket\n");
        ProgramResult import = SuperdProgram.Run(_directory.Path, "import", "systemd", unit, "-o", "new");
        Assert.That(import.ExitCode, Is.Zero, import.StandardError);
        using Daemon daemon = Daemon.Start(("a", File.ReadAllText(_directory["new/services.d/a.toml"])));
        using Client stranger = daemon.Connect("a");
        Assert.That(stranger.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "a")["reason"], Is.EqualTo("only_from"));
        using Client friend = daemon.ConnectFrom("127.0.0.2", "a");
        Assert.That(friend.ReadToEnd(), Is.EqualTo("hello\n"));
    }
}
