using System.Collections.Immutable;
using System.Net;

namespace SuperD.Importing.Inetd;

/// <summary>The addresses before the colon of an inetd service.</summary>
internal static class InetdAddress
{
    /// <summary>The items of <c>127.0.0.1,[::1]</c> without brackets; <c>*</c> means all addresses.</summary>
    public static ImmutableArray<string> Split(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(item => item.Trim('[', ']'))];

    /// <summary>The address of each item, with names resolved; null for all addresses of the machine, also when there is no item.</summary>
    public static List<IPAddress?> Resolve(ImmutableArray<string> items, ImportHost host, out string? problem)
    {
        problem = null;
        var addresses = new List<IPAddress?>();
        foreach (string item in items.Length == 0 ? ["*"] : items)
        {
            if (item == "*")
            {
                addresses.Add(null);
            }
            else if (IPAddress.TryParse(item, out IPAddress? address))
            {
                addresses.Add(address);
            }
            else if (host.AddressesOf(item) is { Count: > 0 } found)
            {
                addresses.AddRange(found);
            }
            else
            {
                problem = $"'{item}' has no address; write one into listen";
            }
        }

        return addresses;
    }
}
