using System.Net;
using System.Net.Sockets;

namespace SuperD.Linux;

/// <summary>A descriptor a service manager passed to superd; see sd_listen_fds(3). Owned by this until somebody takes it.</summary>
/// <remarks>It may stand for any open file: whether superd can use it, <see cref="Unfit"/> tells.</remarks>
public sealed unsafe class PassedSocket
{
    private const int FirstDescriptor = 3;

    private Fd? _fd;

    private PassedSocket(Fd fd, string name)
    {
        _fd = fd;
        Number = fd.Value;
        Name = name;
        Unfit = FindUnfit(fd);
        if (Unfit is null)
        {
            EndPoint = TcpSocket.LocalEndPoint(fd);
            IsDualStack = EndPoint.IsV6 && EndPoint.IsWildcard && Option(fd, LibC.IPPROTO_IPV6, LibC.IPV6_V6ONLY) == 0;
        }
    }

    private PassedSocket(string name, InetEndPoint endPoint, bool isDualStack)
    {
        Number = -1;
        Name = name;
        EndPoint = endPoint;
        IsDualStack = isDualStack;
        Unfit = endPoint.IsKnown ? null : "it is no address";
    }

    /// <summary>The descriptor's number when it was passed.</summary>
    public int Number { get; }

    /// <summary>The name the manager gave it: FileDescriptorName=, or the socket unit's own.</summary>
    public string Name { get; }

    /// <summary>The address it is bound to.</summary>
    public InetEndPoint EndPoint { get; }

    /// <summary>True for [::] when it takes IPv4 connections too.</summary>
    public bool IsDualStack { get; }

    /// <summary>Why superd can do nothing with it; null when it is a listening TCP socket.</summary>
    public string? Unfit { get; }

    /// <summary>Takes over the passed descriptors, and closes them to handlers: they do not arrive close-on-exec.</summary>
    /// <remarks>Called once, early. A number that is not open, or is close-on-exec and therefore was opened by the runtime since, was not passed.</remarks>
    public static IReadOnlyList<PassedSocket> TakeAll(ManagerVariables variables)
    {
        var sockets = new List<PassedSocket>();
        if (variables.PassedDescriptors == 0)
        {
            return sockets;
        }

        int end = (int)Math.Min((long)FirstDescriptor + variables.PassedDescriptors, HighestDescriptor() + 1L);
        for (int number = FirstDescriptor; number < end; number++)
        {
            int flags = LibC.fcntl(number, LibC.F_GETFD, 0);
            if (flags < 0 || (flags & LibC.FD_CLOEXEC) != 0)
            {
                continue;
            }

            _ = LibC.fcntl(number, LibC.F_SETFD, LibC.FD_CLOEXEC);
            int index = number - FirstDescriptor;
            sockets.Add(new PassedSocket(new Fd(number), index < variables.PassedNames.Count ? variables.PassedNames[index] : string.Empty));
        }

        return sockets;
    }

    /// <summary>A socket that another process has, as that one describes it: it can be asked, not taken.</summary>
    public static PassedSocket OfDescription(string description)
    {
        string[] parts = description.Split(' ', 3);
        _ = IPEndPoint.TryParse(parts[0], out IPEndPoint? endPoint);
        return new PassedSocket(parts.Length == 3 ? parts[2] : string.Empty, endPoint is null ? default : InetEndPoint.From(endPoint), parts.Length > 1 && parts[1] == "dual");
    }

    /// <summary>What another process has to know of it.</summary>
    public string Describe() => $"{EndPoint} {(IsDualStack ? "dual" : "one")} {Name}";

    /// <summary>Whether it was named after this service: by FileDescriptorName=, or by a unit called SERVICE.socket.</summary>
    public bool IsNamed(string service) =>
        Name.StartsWith(service, StringComparison.Ordinal) && Name.AsSpan(service.Length) is "" or ".socket" && Unfit is null;

    /// <summary>Whether it takes the connections to this address: it is bound to it, or is the dual-stack socket beside which it cannot be bound.</summary>
    public bool Covers(IPEndPoint address) =>
        Unfit is null
        && EndPoint.Port == address.Port
        && (EndPoint == InetEndPoint.From(address) || (IsDualStack && address.AddressFamily == AddressFamily.InterNetwork && IPAddress.Any.Equals(address.Address)));

    /// <summary>The descriptor, now the caller's.</summary>
    public Fd Take()
    {
        Fd fd = _fd ?? throw new InvalidOperationException($"the passed descriptor {Number} was taken before");
        _fd = null;
        return fd;
    }

    /// <summary>Closes the descriptor, unless somebody took it.</summary>
    public void Close()
    {
        _fd?.Dispose();
        _fd = null;
    }

    private static string? FindUnfit(Fd fd)
    {
        int type = Option(fd, LibC.SOL_SOCKET, LibC.SO_TYPE);
        return type < 0 ? "it is no socket"
            : type != LibC.SOCK_STREAM || !TcpSocket.LocalEndPoint(fd).IsKnown ? "it is no TCP socket"
            : Option(fd, LibC.SOL_SOCKET, LibC.SO_ACCEPTCONN) != 1 ? "it does not listen (a connection, as Accept=yes passes it, is not what superd serves)"
            : null;
    }

    /// <summary>-1 when it has no such option, or is no socket.</summary>
    private static int Option(Fd fd, int level, int option)
    {
        int value = 0;
        uint length = sizeof(int);
        return LibC.getsockopt(fd.Value, level, option, &value, &length) == 0 ? value : -1;
    }

    /// <summary>No number above it is open, so LISTEN_FDS can say what it likes.</summary>
    private static int HighestDescriptor() => // the kernel's list of what superd itself has open
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Max(path => int.Parse(Path.GetFileName(path.AsSpan())));
}
