using System.Net;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;

namespace SuperD.Listening;

/// <summary>Who has an address that a service wants.</summary>
/// <param name="Processes">The processes that have the socket open, in ascending order; none if this user may not see them.</param>
/// <param name="UserId">The user who made the socket; null if unknown.</param>
internal sealed record AddressHolder(ListenAddress Address, IReadOnlyList<int> Processes, uint? UserId)
{
    /// <summary>How a line ends that says who it is: a name where one is visible, and otherwise the way to find it.</summary>
    public override string ToString()
    {
        if (Processes.Contains(Environment.ProcessId))
        {
            return "superd itself has it";
        }

        if (Processes is [int pid, ..])
        {
            string name = ProcessTable.NameOf(pid) is { } program ? $" ({Printable.Show(program)})" : string.Empty;
            int others = Processes.Count - 1;
            return others == 0 ? $"pid {pid}{name} has it" : $"pid {pid}{name} and {others} more have it";
        }

        uint ownUser = UnixSocket.OwnUserId;
        return ownUser == 0 ? $"a program in another container has it, or the kernel; to see it, on the host: {Command}"
            : UserId is { } user && user != ownUser ? $"another user's program (uid {user}) has it; to see it: sudo {Command}"
            : $"a program that superd may not inspect has it; to see it: sudo {Command}";
    }

    /// <summary>Lists the socket and its process, for root.</summary>
    private string Command => Address.Transport switch
    {
        Transport.Unix => "ss -lxp",
        Transport.Udp => $"ss -lunp sport = :{Address.EndPoint.Port}",
        _ => $"ss -ltnp sport = :{Address.EndPoint.Port}",
    };

    /// <summary>Finds who has these addresses; free ones are not in the result. Reads /proc, which takes its time; any thread.</summary>
    /// <param name="areInUse">Whether bind(2) has just failed, so that more than a listener can be in the way.</param>
    public static IReadOnlyDictionary<ListenAddress, AddressHolder> Find(IReadOnlyCollection<ListenAddress> addresses, bool areInUse)
    {
        var found = new Dictionary<ListenAddress, List<BoundSocket>>();
        foreach (IGrouping<Transport, ListenAddress> group in addresses.Where(address => address.HasName).GroupBy(one => one.Transport))
        {
            List<BoundSocket> sockets = group.Key switch
            {
                Transport.Unix => BoundSocket.Unix(),
                Transport.Udp => BoundSocket.Udp(),
                _ => BoundSocket.Tcp(),
            };
            foreach (ListenAddress address in group.Distinct())
            {
                List<BoundSocket> inTheWay = sockets.FindAll(socket => IsInTheWay(socket, address));
                if (inTheWay.Count == 0 && areInUse && group.Key == Transport.Tcp)
                {
                    inTheWay = BoundSocket.Tcp((ushort)address.EndPoint.Port).FindAll(socket => IsInTheWay(socket, address));
                }

                if (inTheWay.Count > 0)
                {
                    found.Add(address, inTheWay);
                }
            }
        }

        if (found.Count == 0)
        {
            return new Dictionary<ListenAddress, AddressHolder>();
        }

        HashSet<uint> inodes = [.. found.Values.SelectMany(sockets => sockets).Select(socket => socket.Inode)];
        Dictionary<uint, List<int>> holders = ProcessTable.HoldersOf(inodes);
        return found.ToDictionary(one => one.Key, one => new AddressHolder(
            one.Key,
            [.. one.Value.SelectMany(socket => holders.GetValueOrDefault(socket.Inode, [])).Distinct().Order()],
            one.Value[0].UserId));
    }

    private static bool IsInTheWay(BoundSocket socket, ListenAddress address)
    {
        if (socket.Inode == 0)
        {
            return false; // a connection that no process has any more
        }

        if (address.UnixName is not null)
        {
            return socket.UnixName == address.UnixName;
        }

        var local = new ListenAddress(new IPEndPoint(socket.Local.ToIPAddress(), socket.Local.Port), socket.IsV6Only)
        {
            Transport = address.Transport,
        };
        return local.Overlaps(address);
    }
}
