using System.Net;
using System.Net.Sockets;

namespace SuperD.Relaying;

/// <summary>
/// The order in which to try the addresses of a host: the resolver's, alternating between the two families (RFC 8305, section 4).
/// </summary>
/// <remarks>
/// The resolver sorts by RFC 6724. Without alternation, a host with ten IPv6 addresses would delay a machine with broken IPv6 by ten
/// timeouts.
/// </remarks>
internal static class HappyOrder
{
    /// <summary>Sorts the addresses.</summary>
    public static IEnumerable<IPAddress> Of(IReadOnlyList<IPAddress> addresses)
    {
        AddressFamily first = addresses.Count > 0 ? addresses[0].AddressFamily : AddressFamily.InterNetwork;
        IPAddress[] preferred = [.. addresses.Where(address => address.AddressFamily == first)];
        IPAddress[] others = [.. addresses.Where(address => address.AddressFamily != first)];
        for (int i = 0; i < Math.Max(preferred.Length, others.Length); i++)
        {
            foreach (IPAddress[] family in (IPAddress[][])[preferred, others])
            {
                if (i < family.Length)
                {
                    yield return family[i];
                }
            }
        }
    }
}
