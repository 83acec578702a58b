using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A backend: <c>"HOST:PORT"</c> with a name or an address, or <c>"unix:PATH"</c>.</summary>
internal sealed class RedirectForm : ValueForm<Backend>
{
    private const string Allowed = "\"HOST:PORT\", with a name, an IPv4 address or an IPv6 address in brackets, or \"unix:PATH\"";

    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    /// <summary>RFC 1035: the longest host name.</summary>
    private const int LongestName = 253;

    private static string OfPort => NumberPattern.Between(1, IPEndPoint.MaxPort);

    public override string Type => "address";

    public override Schema Schema => Schema.Any(
        Schema.Text($"unix:{Schema.NameOfSocket}"),
        Schema.Text($"{IpPrefix.PatternOfV4}:{OfPort}"),
        Schema.Text($@"\[{IpPrefix.PatternOfV6}(?:%[^\]\x00]*)?\]:{OfPort}"),
        Schema.Text($"[0-9.]*[A-Za-z_-][A-Za-z0-9_.-]*:{OfPort}"));

    public override bool TryRead(TomlNode node, ValueReader reader, out Backend value)
    {
        value = new Backend(null, 0, null);
        if (!reader.TryText(node, Allowed, out string text))
        {
            return false;
        }

        bool good = text.StartsWith("unix:", StringComparison.Ordinal)
            ? TryParseUnix(text["unix:".Length..], Path.GetDirectoryName(reader.At(node).File) ?? "", ref value)
            : TryParseHost(text, ref value);
        return good || reader.NotAllowed(node, Allowed);
    }

    /// <summary><c>@NAME</c> is an abstract socket (unix(7)); a relative path starts at the directory of the file.</summary>
    private static bool TryParseUnix(string path, string directory, ref Backend backend)
    {
        if (path is "" or "@" || path.EndsWith('/'))
        {
            return false;
        }

        try
        {
            string name = path[0] == '@' ? "\0" + path[1..] : Path.GetFullPath(Path.Combine(directory, path));
            backend = backend with { Address = new UnixDomainSocketEndPoint(name) };
            return true;
        }
        catch (ArgumentOutOfRangeException)
        {
            // Longer than sockaddr_un allows: 107 bytes.
            return false;
        }
    }

    private static bool TryParseHost(string text, ref Backend backend)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            || port == 0)
        {
            return false;
        }

        string host = text[..colon];
        bool inBrackets = host[0] == '[' && host[^1] == ']';
        if (IPAddress.TryParse(inBrackets ? host[1..^1] : host, out IPAddress? address))
        {
            backend = new Backend(null, port, new IPEndPoint(address, port));

            // An IPv6 address needs brackets, since "::1:80" is an address too. IPAddress also accepts short and octal forms of IPv4,
            // which many readers misread.
            return address.AddressFamily == AddressFamily.InterNetworkV6 ? inBrackets : address.ToString() == host;
        }

        backend = new Backend(host, port, null);
        return host.Length <= LongestName && !host.AsSpan().ContainsAnyExcept(NameCharacters)
            && host.AsSpan().ContainsAnyExcept("0123456789.");
    }
}
