using System.Net;
using System.Net.Sockets;

namespace SuperD.Linux;

/// <summary>A descriptor that a service manager passed to superd; see sd_listen_fds(3). Owns it until <see cref="Take"/>.</summary>
/// <remarks>It may be any open file; <see cref="Unfit"/> says whether superd can use it.</remarks>
public sealed unsafe class PassedSocket
{
    /// <summary>The name of the listening sockets that superd itself gives the manager to keep, see FDSTORE in sd_notify(3).</summary>
    public const string KeptListener = "superd-listeners";

    /// <summary>That of the ends of a <see cref="DescriptorQueue"/>.</summary>
    public const string KeptQueue = "superd-clients";

    private const int FirstDescriptor = 3;
    private const int SO_DOMAIN = 39;

    private Fd? _fd;

    private PassedSocket(Fd fd, string name)
    {
        _fd = fd;
        Number = fd.Value;
        Name = name;
        Unfit = FindUnfit(fd, mayHaveStopped: IsKept);
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

    /// <summary>The descriptor's number as passed; -1 for <see cref="OfDescription"/>.</summary>
    public int Number { get; }

    /// <summary>The manager's name for it: FileDescriptorName=, or the name of the socket unit.</summary>
    public string Name { get; }

    /// <summary>The descriptor; null once it was taken or closed.</summary>
    public Fd? Descriptor => _fd;

    /// <summary>Whether a superd before this one has given it to the manager.</summary>
    public bool IsKept => Name is KeptListener or KeptQueue;

    /// <summary>The address it is bound to.</summary>
    public InetEndPoint EndPoint { get; }

    /// <summary>True for [::] when it also accepts IPv4 connections.</summary>
    public bool IsDualStack { get; }

    /// <summary>Why superd cannot use it; null when it is a listening TCP socket.</summary>
    public string? Unfit { get; }

    /// <summary>Takes over the passed descriptors and makes them close-on-exec, which they are not on arrival.</summary>
    /// <remarks>
    /// Call once, early. A number was not passed if it is closed, or if it is close-on-exec: then the runtime opened it.
    /// </remarks>
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
            string name = index < variables.PassedNames.Count ? variables.PassedNames[index] : string.Empty;
            sockets.Add(new PassedSocket(new Fd(number), name));
        }

        return sockets;
    }

    /// <summary>Those that an earlier superd has given the manager and that are fit for their use; of each file one.</summary>
    /// <param name="strange">Those that are something else, each with the reason.</param>
    public static IReadOnlyList<PassedSocket> FindKept(
        IReadOnlyList<PassedSocket> all, out IReadOnlyList<(PassedSocket Socket, string Why)> strange)
    {
        var found = new List<PassedSocket>();
        var others = new List<(PassedSocket, string)>();
        var files = new HashSet<FileIdentity>();
        foreach (PassedSocket socket in all.Where(socket => socket.IsKept))
        {
            if (!files.Add(FileIdentity.Of(socket._fd!))) // nobody has taken one
            {
                socket.Close();
            }
            else if ((socket.Name == KeptListener ? socket.Unfit : FindUnfitEnd(socket._fd!)) is { } why)
            {
                others.Add((socket, why));
            }
            else
            {
                found.Add(socket);
            }
        }

        PassedSocket[] ends = [.. found.Where(socket => socket.Name == KeptQueue)];
        if (ends.Length is not 0 and not 2)
        {
            found.RemoveAll(ends.Contains);
            others.AddRange(ends.Select(end => (end, "it takes two of this name")));
        }

        strange = others;
        return found;
    }

    /// <summary>A socket of another process, rebuilt from its <see cref="Describe"/>; there is no descriptor to take.</summary>
    public static PassedSocket OfDescription(string description)
    {
        string[] parts = description.Split(' ', 3);
        _ = IPEndPoint.TryParse(parts[0], out IPEndPoint? endPoint);
        return new PassedSocket(
            parts.Length == 3 ? parts[2] : string.Empty,
            endPoint is null ? default : InetEndPoint.From(endPoint),
            isDualStack: parts.Length > 1 && parts[1] == "dual");
    }

    /// <summary>A description for another process; see <see cref="OfDescription"/>.</summary>
    public string Describe() => $"{EndPoint} {(IsDualStack ? "dual" : "one")} {Name}";

    /// <summary>Whether it is named after this service, by FileDescriptorName= or by a unit called SERVICE.socket.</summary>
    public bool IsNamed(string service) =>
        Name.StartsWith(service, StringComparison.Ordinal) && Name.AsSpan(service.Length) is "" or ".socket" && Unfit is null;

    /// <summary>Whether it accepts connections to this address: it is bound to it, or it is the dual-stack socket that covers it.</summary>
    public bool Covers(IPEndPoint address) =>
        Unfit is null
        && EndPoint.Port == address.Port
        && (EndPoint == InetEndPoint.From(address)
            || (IsDualStack && address.AddressFamily == AddressFamily.InterNetwork && IPAddress.Any.Equals(address.Address)));

    /// <summary>Transfers the descriptor to the caller. Once.</summary>
    public Fd Take()
    {
        Fd fd = _fd ?? throw new InvalidOperationException($"the passed descriptor {Number} was taken before");
        _fd = null;
        return fd;
    }

    /// <summary>Closes the descriptor unless it was taken.</summary>
    public void Close()
    {
        _fd?.Dispose();
        _fd = null;
    }

    private static string? FindUnfitEnd(Fd fd) =>
        Option(fd, LibC.SOL_SOCKET, SO_DOMAIN) == LibC.AF_UNIX
        && Option(fd, LibC.SOL_SOCKET, LibC.SO_TYPE) == LibC.SOCK_STREAM
        && Option(fd, LibC.SOL_SOCKET, LibC.SO_ACCEPTCONN) == 0 ? null : "it is no end of a socket pair";

    /// <param name="mayHaveStopped">Whether it need not listen now: superd was drained.</param>
    private static string? FindUnfit(Fd fd, bool mayHaveStopped)
    {
        int type = Option(fd, LibC.SOL_SOCKET, LibC.SO_TYPE);
        return type < 0 ? "it is no socket"
            : type != LibC.SOCK_STREAM || !TcpSocket.LocalEndPoint(fd).IsKnown ? "it is no TCP socket"
            : !mayHaveStopped && Option(fd, LibC.SOL_SOCKET, LibC.SO_ACCEPTCONN) != 1
                ? "it does not listen (a connection, as Accept=yes passes it, is not what superd serves)"
            : null;
    }

    /// <summary>The value of a socket option; -1 when the descriptor has no such option or is not a socket.</summary>
    private static int Option(Fd fd, int level, int option)
    {
        int value = 0;
        uint length = sizeof(int);
        return LibC.getsockopt(fd.Value, level, option, &value, &length) == 0 ? value : -1;
    }

    /// <summary>The highest open descriptor, which bounds the loop however large LISTEN_FDS is.</summary>
    private static int HighestDescriptor() => // this directory lists superd's own descriptors
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Max(path => int.Parse(Path.GetFileName(path.AsSpan())));
}
