using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Services;

/// <summary>What a stage needs to go on with the connections of superd's last version. Loop only, before the loop runs.</summary>
internal sealed class Inheritance(InheritedDescriptors descriptors, ServiceTable services, Places places, EventLoop loop)
{
    /// <summary>Stands for the socket of a connection that superd has closed already.</summary>
    public static Fd Closed { get; } = new(-1);

    /// <summary>The descriptor of a number, now the caller's; null when it was not kept, or has been taken.</summary>
    public Fd? Take(int? number) => descriptors.Take(number);

    /// <summary>What is left of a period that ends then.</summary>
    public TimeSpan Until(long dueMs) => TimeSpan.FromMilliseconds(Math.Max(0, dueMs - loop.NowMs));

    /// <summary>A connection that has no place.</summary>
    /// <param name="socket">Null where superd has closed it.</param>
    public Connection Restore(ConnectionHandover handed, Fd? socket) =>
        handed.ToConnection(services.GetOrRetire(handed.Service), socket ?? Closed, loop.Time.GetTimestamp());

    /// <summary>A connection that has its place.</summary>
    /// <param name="socket">Null where superd has closed it.</param>
    public Connection RestoreAdmitted(ConnectionHandover handed, Fd? socket)
    {
        Connection connection = Restore(handed, socket);
        places.Enter(connection);
        return connection;
    }

    /// <summary>An admitted connection that was restored before; null when there is none of that id.</summary>
    public Connection? Find(long id) => places.Find(id);
}
