using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Services;

/// <summary>What a stage needs to inherit the connections of the previous version. Loop only, before the loop runs.</summary>
internal sealed class Inheritance(InheritedDescriptors descriptors, ServiceTable services, Places places, EventLoop loop)
{
    /// <summary>A placeholder for the socket of a connection that superd has closed already.</summary>
    public static Fd Closed { get; } = new(-1);

    /// <summary>Takes ownership of the descriptor with a number; null if it was not kept, or has been taken.</summary>
    public Fd? Take(int? number) => descriptors.Take(number);

    /// <summary>The time left until a moment; zero if it has passed.</summary>
    public TimeSpan Until(long dueMs) => TimeSpan.FromMilliseconds(Math.Max(0, dueMs - loop.NowMs));

    /// <summary>Restores a connection without a place.</summary>
    /// <param name="socket">Null if superd has closed it.</param>
    public Connection Restore(ConnectionHandover handed, Fd? socket) =>
        handed.ToConnection(services.GetOrRetire(handed.Service), socket ?? Closed, loop.Time.GetTimestamp());

    /// <summary>Restores a connection that has its place.</summary>
    /// <param name="socket">Null if superd has closed it.</param>
    public Connection RestoreAdmitted(ConnectionHandover handed, Fd? socket)
    {
        Connection connection = Restore(handed, socket);
        places.Enter(connection);
        return connection;
    }

    /// <summary>Returns an admitted connection that was restored before; null if there is none with that id.</summary>
    public Connection? Find(long id) => places.Find(id);
}
