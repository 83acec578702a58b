using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>
/// Descriptors on their way from one end of a socket pair to the other: their files stay open while any process has one of the ends.
/// </summary>
/// <remarks>
/// See SCM_RIGHTS in unix(7). A stream, since only some ten datagrams may wait (net.unix.max_dgram_qlen); a read never goes beyond the
/// bytes that came with a descriptor.
/// </remarks>
public sealed unsafe class DescriptorQueue : IDisposable
{
    private readonly Fd _entry;
    private readonly Fd _exit;

    /// <summary>A queue that another process has made, by its ends in any order, with what is in it.</summary>
    public DescriptorQueue(Fd one, Fd other) => (_entry, _exit) = StreamSocket.IsReadable(one) ? (other, one) : (one, other);

    /// <summary>Both ends, for who shall hold them.</summary>
    public IReadOnlyList<Fd> Ends => [_entry, _exit];

    /// <summary>Makes an empty one.</summary>
    /// <returns>0, or EMFILE, ENFILE.</returns>
    public static SysResult Create(out DescriptorQueue? queue)
    {
        int* ends = stackalloc int[2];
        queue = null;
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, ends) != 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        queue = new DescriptorQueue(new Fd(ends[0]), new Fd(ends[1]));
        return SysResult.Ok();
    }

    /// <summary>Adds one at the end, with a note.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryAdd(Fd descriptor, ReadOnlySpan<byte> note) =>
        !DescriptorMessage.Send(_entry, null, 0, note, [descriptor.Value], mayWait: false).IsError;

    /// <summary>Takes the first one, and copies its note.</summary>
    /// <param name="descriptor">The caller's; null if no descriptor was free for it: it is closed then.</param>
    /// <returns>False when there is none.</returns>
    public bool TryTake(Span<byte> note, out int length, out Fd? descriptor)
    {
        SysResult received = DescriptorMessage.Receive(_exit, note, out descriptor);
        length = Math.Max(0, received.Value);
        return !received.IsError && received.Value > 0;
    }

    public void Dispose()
    {
        _entry.Dispose();
        _exit.Dispose();
    }
}
