using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>Descriptors, pipes, eventfds and epoll, on which everything else is built.</summary>
[NonParallelizable]
public sealed class DescriptorTests
{
    [Test]
    public void A_closed_descriptor_has_no_number_any_more()
    {
        (Fd readEnd, Fd writeEnd) = Pipe();
        using Fd _ = writeEnd;

        readEnd.Dispose();
        readEnd.Dispose();

        Assert.That(readEnd.IsClosed, Is.True);
        Assert.That(() => readEnd.Value, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_duplicate_is_the_same_open_file_and_closes_on_exec()
    {
        (Fd readEnd, Fd writeEnd) = Pipe();
        using Fd read = readEnd, write = writeEnd;

        Assert.That(write.Duplicate(out Fd? duplicate).IsError, Is.False);
        using Fd other = duplicate!; // no error

        Assert.That(other.Value, Is.Not.EqualTo(write.Value));
        Assert.That(Link(other), Is.EqualTo(Link(write)));
        Assert.That(ClosesOnExec(other), Is.True);
    }

    [Test]
    public void A_pipe_reads_without_blocking_writes_blocking_and_closes_on_exec()
    {
        (Fd readEnd, Fd writeEnd) = Pipe();
        using Fd read = readEnd, write = writeEnd;
        byte[] buffer = new byte[8];

        Assert.That(read.Read(buffer).Errno, Is.EqualTo(Errno.EAGAIN));
        Assert.That(Flags(write) & LibC.O_NONBLOCK, Is.Zero);
        Assert.That(ClosesOnExec(read) && ClosesOnExec(write), Is.True);

        Assert.That(write.Write("abc"u8), Is.EqualTo(SysResult.Ok(3)));
        Assert.That(read.Read(buffer), Is.EqualTo(SysResult.Ok(3)));
        write.Dispose();
        Assert.That(read.Read(buffer), Is.EqualTo(SysResult.Ok()), "the end of the stream");
    }

    [Test]
    public void A_nonblocking_eventfd_gives_its_whole_count_at_once()
    {
        using var counter = EventFd.Create();
        using var epoll = new Epoll(1);
        _ = epoll.Add(counter.Fd, EpollEvents.Readable, 1);

        counter.Clear();
        Assert.That(epoll.Wait(0), Is.Zero, "0 stays 0, and nobody waits");
        counter.Signal();
        counter.Signal(3);
        Assert.That(epoll.Wait(0), Is.EqualTo(1));
        counter.Clear();
        Assert.That(epoll.Wait(0), Is.Zero);
    }

    [Test]
    public void Epoll_reports_every_ready_descriptor_under_its_token()
    {
        const ulong Wide = 0xFEDC_BA98_7654_3210;
        using EventFd one = EventFd.Create(), two = EventFd.Create(), idle = EventFd.Create();
        using var epoll = new Epoll(8);
        _ = epoll.Add(one.Fd, EpollEvents.Readable, Wide);
        _ = epoll.Add(two.Fd, EpollEvents.Readable | EpollEvents.Writable, 2);
        _ = epoll.Add(idle.Fd, EpollEvents.Readable, 3);
        one.Signal();
        two.Signal();

        (ulong Token, EpollEvents Events)[] events = [.. Enumerable.Range(0, epoll.Wait(-1)).Select(epoll.Event)];

        Assert.That(events, Is.EquivalentTo(new[] { (Wide, EpollEvents.Readable), (2UL, EpollEvents.Readable | EpollEvents.Writable) }));
    }

    [Test]
    public void Epoll_watches_what_was_asked_for_last_and_nothing_that_was_removed()
    {
        using EventFd ready = EventFd.Create();
        using var epoll = new Epoll(8);
        ready.Signal();
        _ = epoll.Add(ready.Fd, EpollEvents.Readable, 1);

        Assert.That(epoll.Modify(ready.Fd, EpollEvents.Writable, 2).IsError, Is.False);
        Assert.That(epoll.Wait(0), Is.EqualTo(1));
        Assert.That(epoll.Event(0), Is.EqualTo((2UL, EpollEvents.Writable)));

        Assert.That(epoll.Remove(ready.Fd).IsError, Is.False);
        Assert.That(epoll.Wait(0), Is.Zero);
        Assert.That(epoll.Remove(ready.Fd).Errno, Is.EqualTo(Errno.ENOENT));
    }

    [Test]
    public void The_text_of_an_errno_has_words_and_number() =>
        Assert.That(Errno.Describe(Errno.EADDRINUSE), Is.EqualTo("Address already in use (errno 98)"));

    private static (Fd ReadEnd, Fd WriteEnd) Pipe()
    {
        Assert.That(SuperD.Linux.Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        return (readEnd!, writeEnd!); // no error
    }

    private static string Link(Fd fd) => ProcFs.Descriptors(Environment.ProcessId)[fd.Value];

    private static bool ClosesOnExec(Fd fd) => (Flags(fd) & LibC.O_CLOEXEC) != 0;

    private static int Flags(Fd fd) => ProcFs.DescriptorFlags(Environment.ProcessId, fd.Value);
}
