using System.Diagnostics.CodeAnalysis;

namespace SuperD.Services;

/// <summary>
/// Accepted connections of full services with a queue: a place was free at accept but was taken before they could use it. Loop only.
/// </summary>
/// <remarks>At most the connections whose PROXY header was awaited; all others wait in the kernel's queue.</remarks>
internal sealed class Latecomers
{
    private readonly Dictionary<Service, Queue<Connection>> _waiting = [];

    /// <summary>How many connections wait.</summary>
    public int Count { get; private set; }

    /// <summary>Takes over a connection and its socket, until <see cref="TryTake"/>.</summary>
    public void Add(Connection connection)
    {
        if (!_waiting.TryGetValue(connection.Service, out Queue<Connection>? queue))
        {
            _waiting.Add(connection.Service, queue = new Queue<Connection>());
        }

        queue.Enqueue(connection);
        Count++;
    }

    /// <summary>Takes the connection of a service that has waited longest.</summary>
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
            _waiting.Remove(service); // a reload may have removed the service
        }

        return true;
    }

    /// <summary>How many connections wait for a service.</summary>
    public int CountOf(Service service) => _waiting.TryGetValue(service, out Queue<Connection>? queue) ? queue.Count : 0;

    /// <summary>All connections, those of each service in order of arrival.</summary>
    public IEnumerable<Connection> All => _waiting.Values.SelectMany(queue => queue);

    /// <summary>Takes the connections of all services.</summary>
    public IReadOnlyList<Connection> TakeAll()
    {
        Connection[] all = [.. All];
        _waiting.Clear();
        Count = 0;
        return all;
    }
}
