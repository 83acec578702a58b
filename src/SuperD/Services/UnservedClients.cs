using System.Buffers.Binary;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>
/// The clients that superd has accepted and nobody serves yet. The service manager keeps them too, so that the next superd serves those of
/// one that was killed. Loop only.
/// </summary>
/// <remarks>
/// They wait in a queue whose ends the manager has; see FDSTORE in sd_notify(3). It holds each for some hundred microseconds, until its
/// handler executes, or while its PROXY header is on the way. When the queue is full, those that come are not kept.
/// </remarks>
/// <param name="isKept">Whether there is a manager that keeps anything.</param>
/// <param name="left">What it has kept of an earlier superd, and passed to this one.</param>
internal sealed class UnservedClients(bool isKept, IReadOnlyList<PassedSocket> left)
{
    /// <summary>Finding one that is not the first takes a turn of the queue.</summary>
    private const int Most = 64;

    private const int IdSize = sizeof(long);

    private readonly DescriptorQueue? _queue = isKept && !DescriptorQueue.Create(out DescriptorQueue? made).IsError ? made : null;
    private readonly HashSet<long> _ids = [];
    private readonly byte[] _note = new byte[IdSize + 1024]; // a header that is longer is not kept

    /// <summary>The ends of the queue, for the manager; none if there is none.</summary>
    public IReadOnlyList<Fd> Ends => _queue?.Ends ?? [];

    /// <summary>Keeps a client that was just accepted, or one whose PROXY header superd is about to read.</summary>
    /// <param name="id">Of its connection.</param>
    /// <param name="header">The bytes that are about to be read; empty for none.</param>
    public void Keep(long id, Fd client, ReadOnlySpan<byte> header = default)
    {
        if (_queue is null || _ids.Count >= Most || IdSize + header.Length > _note.Length)
        {
            return;
        }

        BinaryPrimitives.WriteInt64LittleEndian(_note, id);
        header.CopyTo(_note.AsSpan(IdSize));
        if (_queue.TryAdd(client, _note.AsSpan(0, IdSize + header.Length)) && !_ids.Add(id))
        {
            Remove(id); // that without a header: the first of the two
        }
    }

    /// <summary>The client is served, or refused: keeps it no more. To be called for each; none ends while it is kept.</summary>
    public void Leave(long id)
    {
        if (_ids.Remove(id))
        {
            Remove(id);
        }
    }

    /// <summary>The clients of an earlier superd that nobody serves, once; each is the caller's.</summary>
    /// <remarks>
    /// A program that has been given one may not have read yet, so it counts who has the socket. Looks at all processes: only at the start.
    /// </remarks>
    /// <returns>Each with the PROXY header that was read from it; an empty one if none was.</returns>
    public IReadOnlyList<(Fd Socket, byte[] Header)> TakeLeft()
    {
        var all = new Dictionary<uint, (Fd Socket, byte[] Header)>();
        Fd[] ends = [.. left.Where(socket => socket.Name == PassedSocket.KeptQueue).Select(socket => socket.Take())];
        foreach ((Fd entry, Fd exit) in (ReadOnlySpan<(Fd, Fd)>)(ends is [var one, var other] ? [(one, other), (other, one)] : []))
        {
            var queue = new DescriptorQueue(entry, exit);
            while (queue.TryTake(_note, out int length, out Fd? socket))
            {
                if (socket is not null && length >= IdSize)
                {
                    all[(uint)FileIdentity.Of(socket).Inode] = (socket, _note[IdSize..length]);
                }
            }
        }

        Array.ForEach(ends, end => end.Dispose());
        Dictionary<uint, List<int>> holders = all.Count > 0 ? ProcessTable.HoldersOf(all.Keys.ToHashSet()) : [];
        var unserved = new List<(Fd Socket, byte[] Header)>();
        foreach ((uint inode, (Fd socket, byte[] header)) in all)
        {
            long? read = TcpConnection.CountRead(socket);
            bool isServed = holders.GetValueOrDefault(inode, []).Exists(pid => pid != Environment.ProcessId);
            if (isServed || (read != 0 && read != header.Length))
            {
                socket.Dispose();
            }
            else
            {
                unserved.Add((socket, read == 0 ? [] : header));
            }
        }

        return unserved;
    }

    private void Remove(long id)
    {
        while (_queue!.TryTake(_note, out int length, out Fd? socket)) // something was added to it
        {
            using (socket)
            {
                long first = BinaryPrimitives.ReadInt64LittleEndian(_note);
                if (first == id)
                {
                    return;
                }

                if (socket is null || !_queue.TryAdd(socket, _note.AsSpan(0, length)))
                {
                    _ids.Remove(first);
                }
            }
        }
    }
}
