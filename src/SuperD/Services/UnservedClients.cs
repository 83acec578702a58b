using System.Buffers.Binary;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>
/// The clients that superd has accepted and nobody serves yet. The service manager keeps them too, so that the next superd serves those of
/// one that was killed. Loop only.
/// </summary>
/// <remarks>
/// They wait in a queue whose ends the manager has; see FDSTORE in sd_notify(3). It holds each until a process is made for it, for some
/// hundred microseconds, or while its PROXY header is on the way. When the queue is full, those that come are not kept. A client leaves
/// before it is served, and not after: one that is lost in between may ask again, but a program that ran twice has done it twice.
/// </remarks>
internal sealed class UnservedClients
{
    /// <summary>Finding one that is not the first takes a turn of the queue.</summary>
    private const int Most = 64;

    private const int IdSize = sizeof(long);

    private readonly DescriptorQueue? _queue;
    private readonly bool _isOfEarlier;
    private readonly HashSet<long> _ids = [];
    private int _left; // how many of them are of an earlier superd: each has a place beside the one that it gets here
    private readonly byte[] _note = new byte[IdSize + 1024]; // a header that is longer is not kept

    /// <param name="isKept">Whether there is a manager that keeps anything.</param>
    /// <param name="passed">What it has kept of an earlier superd, and passed to this one.</param>
    public UnservedClients(bool isKept, IReadOnlyList<PassedSocket> passed)
    {
        IEnumerable<PassedSocket> queues = passed.Where(socket => socket.Name == PassedSocket.KeptQueue);
        Fd[] ends = [.. queues.Select(socket => socket.Descriptor!)]; // nobody else takes them
        _isOfEarlier = ends.Length > 0;
        _queue = ends is [var one, var other] ? new DescriptorQueue(one, other)
            : isKept && !DescriptorQueue.Create(out DescriptorQueue? made).IsError ? made
            : null;
    }

    /// <summary>The ends of the queue, for the manager; none if there is none.</summary>
    public IReadOnlyList<Fd> Ends => _queue?.Ends ?? [];

    /// <summary>Keeps a client that was just accepted, or one whose PROXY header superd is about to read.</summary>
    /// <param name="id">Of its connection.</param>
    /// <param name="header">The bytes that are about to be read; empty for none.</param>
    public void Keep(long id, Fd client, ReadOnlySpan<byte> header = default)
    {
        if (_queue is null || _ids.Count - _left >= Most || IdSize + header.Length > _note.Length)
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
            _left -= id < 0 ? 1 : 0;
            Remove(id);
        }
    }

    /// <summary>The clients of an earlier superd that nobody serves, once. They are kept until <see cref="Leave"/>.</summary>
    public IReadOnlyList<UnservedClient> TakeLeft()
    {
        List<UnservedClient> all = _isOfEarlier ? RenameAll() : [];
        var unserved = new List<UnservedClient>();
        foreach (IGrouping<FileIdentity, UnservedClient> same in all.GroupBy(client => FileIdentity.Of(client.Socket)))
        {
            UnservedClient client = same.Last(); // superd may have been killed when it had just added it with its header
            long? read = TcpConnection.CountRead(client.Socket);
            bool isLeft = read == 0 || read == client.Header.Length;
            foreach (UnservedClient other in same.Where(other => other != client || !isLeft))
            {
                other.Socket.Dispose();
                Leave(other.Id);
            }

            if (isLeft)
            {
                unserved.Add(read == 0 ? client with { Header = [] } : client);
            }
        }

        return unserved;
    }

    /// <summary>Reads the whole queue, and gives all in it ids that no superd gives to connections. Each stays in it meanwhile.</summary>
    private List<UnservedClient> RenameAll()
    {
        var all = new List<UnservedClient>();
        long id = -Random.Shared.NextInt64(1L << 62);
        while (_queue!.TryTake(_note, out int length, out Fd? socket)) // there is one that was passed
        {
            if (socket is null || length < IdSize)
            {
                socket?.Dispose();
                continue;
            }

            bool isRound = _ids.Contains(BinaryPrimitives.ReadInt64LittleEndian(_note));
            if (!isRound)
            {
                BinaryPrimitives.WriteInt64LittleEndian(_note, --id);
                all.Add(new UnservedClient(id, socket, _note[IdSize..length]));
            }

            if (_queue.TryAdd(socket, _note.AsSpan(0, length)) && _ids.Add(id))
            {
                _left++;
            }

            if (isRound)
            {
                socket.Dispose();
                break;
            }
        }

        return all;
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

/// <summary>A client of an earlier superd that nobody serves.</summary>
/// <param name="Id">For <see cref="UnservedClients.Leave"/>.</param>
/// <param name="Socket">The receiver's.</param>
/// <param name="Header">The PROXY header that was read from it; empty if none was.</param>
internal sealed record UnservedClient(long Id, Fd Socket, byte[] Header);
