using System.Text;
using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Linux;

/// <summary>Descriptors that wait between the two ends of a socket pair.</summary>
public sealed class DescriptorQueueTests
{
    [Test]
    public void They_come_out_in_their_order_with_their_notes()
    {
        using DescriptorQueue queue = Create();
        using Fd first = MakePipe(), second = MakePipe();
        Assert.That(queue.TryAdd(first, "one"u8) && queue.TryAdd(second, "the second"u8), Is.True);

        Assert.That(Take(queue), Is.EqualTo(("one", FileIdentity.Of(first))));
        Assert.That(Take(queue), Is.EqualTo(("the second", FileIdentity.Of(second))));
        Assert.That(queue.TryTake(new byte[8], out _, out Fd? none), Is.False);
        Assert.That(none, Is.Null);
    }

    [Test]
    public void A_file_stays_open_as_long_as_the_queue()
    {
        DescriptorQueue queue = Create();
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        using Fd read = readEnd!; // there is no error
        Assert.That(queue.TryAdd(writeEnd!, "end"u8), Is.True);
        writeEnd!.Dispose();
        Assert.That(StreamSocket.IsReadable(read), Is.False, "nobody has closed it");

        queue.Dispose();

        Assert.That(read.Read(new byte[1]).Value, Is.Zero, "its end");
    }

    [Test]
    public void A_full_queue_refuses_and_does_not_wait()
    {
        using DescriptorQueue queue = Create();
        using Fd file = MakePipe();
        byte[] note = new byte[1024];
        int count = 0;
        while (queue.TryAdd(file, note))
        {
            count++;
        }

        Assert.That(count, Is.InRange(64, 10_000));
    }

    private static DescriptorQueue Create()
    {
        Assert.That(DescriptorQueue.Create(out DescriptorQueue? queue).IsError, Is.False);
        return queue!; // there is no error
    }

    private static Fd MakePipe()
    {
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        writeEnd!.Dispose(); // there is no error
        return readEnd!;
    }

    private static (string Note, FileIdentity File) Take(DescriptorQueue queue)
    {
        byte[] note = new byte[64];
        Assert.That(queue.TryTake(note, out int length, out Fd? file), Is.True);
        using (file)
        {
            return (Encoding.UTF8.GetString(note, 0, length), FileIdentity.Of(file!)); // it was taken
        }
    }
}
