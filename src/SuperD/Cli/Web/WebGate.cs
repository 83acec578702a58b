using SuperD.Configuration;
using SuperD.Conversing;

namespace SuperD.Cli.Web;

/// <summary>Lets only requests in that come from the page itself, in a browser whose user asked for it by one of its names.</summary>
/// <remarks>
/// A page of a stranger may ask every address that its visitor's browser reaches. Two things give it away. Host: after DNS rebinding, the
/// stranger's own name leads here, but Host still is that name. Origin and Sec-Fetch-Site: the browser says in them which page asks.
/// Both are checked for every request, since what the page shows is not for strangers either.
/// </remarks>
/// <param name="hosts">Names beside those of the loopback interface, with a port or for any.</param>
internal sealed class WebGate(IReadOnlyList<string> hosts)
{
    private static readonly string[] s_loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Why a request is refused; null if it is let in.</summary>
    /// <param name="head">The bytes of the request.</param>
    public string? WhyRefused(HttpRequest request, ReadOnlySpan<byte> head)
    {
        if (head[head.IndexOf((byte)' ') + 1] != '/')
        {
            return "the target must begin with '/'"; // a whole URL there would take precedence over Host
        }

        if (HttpRequest.HeaderOf(head, "Host"u8) is not { } host || !IsOurs(host))
        {
            return "this is not the name of this page: open it as localhost or 127.0.0.1; for a proxy, add the name that it passes on as "
                + "Host to web.hosts in the service file";
        }

        string? origin = HttpRequest.HeaderOf(head, "Origin"u8);
        bool isOfPage = origin is not null && (IsSame(origin, "http://" + host) || IsSame(origin, "https://" + host));
        if (!isOfPage && (HasHeader(head, "Origin"u8) || request.Method == "POST"))
        {
            return "another page has sent this request";
        }

        // A link in another page may lead here, to the page that has no data yet; nothing else may come from there.
        string? site = HttpRequest.HeaderOf(head, "Sec-Fetch-Site"u8);
        bool isVisit = request is { Method: "GET", Path: "/" }
            && HttpRequest.HeaderOf(head, "Sec-Fetch-Mode"u8) == "navigate"
            && HttpRequest.HeaderOf(head, "Sec-Fetch-Dest"u8) == "document";
        return !HasHeader(head, "Sec-Fetch-Site"u8) || site is "same-origin" or "none" || isVisit
            ? null
            : "another page has sent this request";
    }

    /// <summary>Whether there is at least one, so that two of a name do not pass for none.</summary>
    private static bool HasHeader(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name) => HttpRequest.CountOf(head, name) > 0;

    private bool IsOurs(string host)
    {
        (string name, string port) = HostName.Split(host);
        bool isPort = port.Length == 0 || (port[0] == ':' && port[1..].All(char.IsAsciiDigit));
        return isPort && (s_loopback.Any(own => IsSame(own, name)) || hosts.Any(own => IsSame(own, name) || IsSame(own, host)));
    }

    private static bool IsSame(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
