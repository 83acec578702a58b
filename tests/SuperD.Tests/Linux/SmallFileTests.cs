using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>A small file is read completely or yields a reason; whatever the path leads to, nothing blocks and nothing throws.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SmallFileTests : IDisposable
{
    private const int Limit = 10_000;

    private readonly TempDir _directory = new();

    [TestCase(0)]
    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase(Limit)]
    public void A_file_up_to_the_limit_is_read_whole(int length)
    {
        SmallFile file = SmallFile.Read(_directory.Write("file", new string('x', length)), Limit);
        Assert.That((file.IsGood, file.Bytes.Length, file.Status.Kind), Is.EqualTo((true, length, FileKind.Regular)));
        Assert.That(file.Stamp, Is.EqualTo(FileStamp.Of(_directory["file"])));
    }

    [Test]
    public void A_larger_file_is_refused_with_the_limit() =>
        Assert.That(
            SmallFile.Read(_directory.Write("file", new string('x', Limit + 1)), Limit).Why,
            Is.EqualTo("is too large, more than 10000 bytes"));

    [Test]
    public void A_file_without_a_size_is_read_to_its_end_and_no_further_than_the_limit()
    {
        byte[] status = SmallFile.Read("/proc/self/status", Limit).Bytes;
        Assert.That(Encoding.UTF8.GetString(status), Does.StartWith("Name:").And.Contain("\nVmHWM:").And.EndWith("\n"));
        Assert.That(SmallFile.Read("/proc/self/status", 100).Why, Is.EqualTo("is too large, more than 100 bytes"));
    }

    [TestCase("/dev/zero", "is a device, not a regular file")]
    [TestCase("/", "is a directory, not a regular file")]
    [TestCase("/proc/self/mem", "cannot be read: Input/output error (errno 5)")]
    [TestCase("/nowhere/file", "cannot be read: No such file or directory (errno 2)")]
    [TestCase("", "cannot be read: No such file or directory (errno 2)")]
    [TestCase("/etc/passwd\0x", "cannot be read: Invalid argument (errno 22)")]
    public void What_is_no_readable_file_is_refused_with_a_reason(string path, string why)
    {
        SmallFile file = SmallFile.Read(path, Limit);
        Assert.That((file.IsGood, file.Why, file.Bytes), Is.EqualTo((false, why, Array.Empty<byte>())));
    }

    [Test, CancelAfter(30_000)]
    public void A_FIFO_and_a_socket_are_refused_at_once()
    {
        Tool.Run("mkfifo", _directory["fifo"]);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_directory["socket"]));
        Assert.That(SmallFile.Read(_directory["fifo"], Limit).Why, Is.EqualTo("is a FIFO, not a regular file"));
        Assert.That(SmallFile.Read(_directory["socket"], Limit).Why, Is.EqualTo("is a socket, not a regular file"));
    }

    [Test]
    public void Links_are_followed()
    {
        _directory.Write("file", "x");
        File.CreateSymbolicLink(_directory["link"], "file");
        Assert.That(SmallFile.Read(_directory["link"], Limit).Bytes, Is.EqualTo("x"u8.ToArray()));
        File.Delete(_directory["file"]);
        Assert.That(SmallFile.Read(_directory["link"], Limit).Errno, Is.EqualTo(Errno.ENOENT));
    }

    [Test]
    public void The_start_of_a_file_of_any_length_can_be_read_alone()
    {
        Assert.That(SmallFile.ReadStart(_directory.Write("file", "#!/bin/sh\n"), 4), Is.EqualTo("#!/b"u8.ToArray()));
        Assert.That(SmallFile.ReadStart(_directory["file"], 100), Has.Length.EqualTo(10));
        Assert.That(SmallFile.ReadStart("/dev/zero", 100), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void Whatever_takes_its_place_between_a_look_and_the_opening_is_told_for_what_it_is()
    {
        string path = _directory["file"];
        Tool.Run("mkfifo", _directory["fifo"]);
        _directory.Write("text", "text");
        _directory.Write("large", new string('x', Limit + 1));
        string[] others = ["text", "fifo", "text", "large", "text", "/dev/zero", "text", "nowhere", "text", "/"];
        using var ended = new CancellationTokenSource();
        Task swapping = Task.Run(() =>
        {
            for (int i = 0; !ended.IsCancellationRequested; i++)
            {
                File.Delete(_directory["next"]);
                File.CreateSymbolicLink(_directory["next"], others[i % others.Length]);
                NativeMethods.Rename(_directory["next"], path);
            }
        });
        string[] wanted =
        [
            "text", "is a FIFO, not a regular file", "is a device, not a regular file", "is a directory, not a regular file",
            "is too large, more than 10000 bytes",
        ];
        var found = new HashSet<string>();
        for (long end = Environment.TickCount64 + 60_000; !found.IsSupersetOf(wanted) && Environment.TickCount64 < end;)
        {
            SmallFile file = SmallFile.Read(path, Limit);
            found.Add(file.IsGood ? Encoding.UTF8.GetString(file.Bytes) : file.Why);
        }

        ended.Cancel();
        swapping.GetAwaiter().GetResult();
        Assert.That(found, Is.SupersetOf(wanted));
        Assert.That(found, Has.All.EqualTo("text").Or.StartsWith("is ").Or.EqualTo("cannot be read: No such file or directory (errno 2)"));
    }

    [Test]
    public void The_stamp_of_a_file_changes_though_its_time_of_modification_is_set_back()
    {
        FileStamp before = FileStamp.Of(_directory.Write("file", "x"));
        DateTime written = File.GetLastWriteTimeUtc(_directory["file"]);
        Patience.Until(
            () =>
            {
                File.WriteAllText(_directory["file"], "y");
                File.SetLastWriteTimeUtc(_directory["file"], written);
                return FileStamp.Of(_directory["file"]) != before;
            },
            "a change whose time was set back is seen");
    }

    [Test]
    public void A_directory_gives_so_many_names_and_no_more()
    {
        _directory.Write("a", "");
        _directory.Write("b", "");
        Assert.That(DirectoryNames.TryRead(_directory.Path, out List<string> names, most: 2), Is.Null);
        Assert.That(names, Is.EquivalentTo(new[] { "a", "b" }));
        Assert.That((DirectoryNames.TryRead(_directory.Path, out names, most: 1), names.Count), Is.EqualTo(("holds more than 1 files", 0)));
        Assert.That(DirectoryNames.TryRead(_directory["a"], out names), Does.StartWith("cannot be read: "));
    }

    public void Dispose() => _directory.Dispose();
}
