using System.Diagnostics.CodeAnalysis;

namespace SuperD.Services;

/// <summary>Accepted connections of full services that promise a queue: there was room when they were accepted, and others took it meanwhile.</summary>
/// <remarks>As few as connections whose proxy had not yet said who comes; all others wait in the kernel's queue. Loop only.</remarks>
internal sealed class Latecomers
{
    private readonly Dictionary<Service, Queue<Connection>> _waiting = [];

    public int Count { get; private set; }

    /// <summary>Takes a connection, and its socket, until <see cref="TryTake"/>.</summary>
    public void Add(Connection connection)
    {
        if (!_waiting.TryGetValue(connection.Service, out Queue<Connection>? queue))
        {
            _waiting.Add(connection.Service, queue = new Queue<Connection>());
        }

        queue.Enqueue(connection);
        Count++;
    }

    /// <summary>The one of a service that has waited longest.</summary>
    public bool TryTake(Service service, [NotNullWhen(true)] out Connection? connection)
    {
        connection = null;
        if (!_waiting.TryGetValue(service, out Queue<Connection>? queue) || !queue.TryDequeue(out connection))
        {
            return false;
        }

        Count--;
        if (queue.Count == 0)
        {
            _waiting.Remove(service); // which may be gone by a reload
        }

        return true;
    }

    /// <summary>Whether anybody waits for a service.</summary>
    public bool HasAny(Service service) => _waiting.TryGetValue(service, out Queue<Connection>? queue) && queue.Count > 0;

    /// <summary>All of them, those of each service in their order.</summary>
    public IEnumerable<Connection> All => _waiting.Values.SelectMany(queue => queue);

    /// <summary>Takes all of them, of all services.</summary>
    public IReadOnlyList<Connection> TakeAll()
    {
        Connection[] all = [.. All];
        _waiting.Clear();
        Count = 0;
        return all;
    }
}
