using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>An address to listen on: a port, <c>"[::1]:9003"</c>, <c>":http"</c>, <c>"udp://:69"</c>, <c>"unix:/run/x.sock"</c>.</summary>
internal sealed class ListenForm : ValueForm<ListenConfig>
{
    private const string Examples = "9003, \"127.0.0.1:9003\", \"[::1]:9003\" or \":http\"";
    private const string Allowed = $"a port or an address such as {Examples}";
    private const string Forms = $"tcp://ADDRESS:PORT, udp://ADDRESS:PORT, unix:PATH or {Allowed}";
    private const string Tcp = "tcp://", Udp = "udp://", Unix = "unix:";

    /// <summary>The one name that is read: it means 127.0.0.1 and ::1 everywhere (RFC 6761), so nothing looks it up.</summary>
    private const string Localhost = "localhost";

    private static readonly SearchValues<char> s_ofIPv6 = SearchValues.Create("0123456789abcdefABCDEF:.[]");

    /// <summary>A host, which may be empty, and a port, which may stand alone; a name has a letter, and is no address or range.</summary>
    private static string OfAddress
    {
        get
        {
            string localhost = Schema.AnyCase(Localhost), port = NumberPattern.Between(0, IPEndPoint.MaxPort);
            return $"(?!(?:{IpPrefix.PatternOfV4}|{localhost}|{port}-{port})$)"
                + $@"(?:(?:\*|{localhost}|{IpPrefix.PatternOfV4}|\[{IpPrefix.PatternOfV6}(?:%[^\]\x00]+)?\])?:)?"
                + $"(?:{port}|[0-9]*[A-Za-z_.+-][A-Za-z0-9_.+-]*)";
        }
    }

    public override string Type => "address";

    public override Schema Schema => Schema.Any(
        Schema.Integer(0, IPEndPoint.MaxPort), Schema.Text($"(?:{Tcp}|{Udp})?{OfAddress}"), Schema.Text($"{Unix}{Schema.NameOfSocket}"));

    public override bool TryRead(TomlNode node, ValueReader reader, out ListenConfig value)
    {
        value = new ListenConfig(null, null, 0);
        if (node is TomlInteger { Value: var port })
        {
            value = value with { Port = unchecked((int)port) };
            return port is >= 0 and <= IPEndPoint.MaxPort || reader.NotAllowed(node, $"a port from 0 to {IPEndPoint.MaxPort}");
        }

        return reader.TryText(node, Allowed, out string text)
            && (WhatIsMeant(text, reader) is { } meant
                ? reader.Fail(node, $"listen = {Wording.Quote(text)} {meant}")
                : TryReadText(text, node, reader, ref value));
    }

    /// <summary>What a text that is no single address is, and what to write: blanks around it, a list, a range; otherwise null.</summary>
    private static string? WhatIsMeant(string text, ValueReader reader)
    {
        const int MostPorts = 16;
        string trimmed = text.Trim();
        if (trimmed != text && Readable(trimmed, reader) is not null)
        {
            return $"has blanks around the address; did you mean {Item(trimmed)}?";
        }

        string[] words = trimmed.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 1 && words.All(word => Readable(word, reader) is not null))
        {
            string items = string.Join(", ", words.Select(Item));
            return $"is more than one address; write {(reader.IsInArray ? $"each as an item of its own: {items}" : $"[{items}]")}";
        }

        if (Rewritten(trimmed) is { } other && other != text && Readable(text, reader) is null && Readable(other, reader) is not null)
        {
            return $"is no address as superd reads it; did you mean {Item(other)}?";
        }

        if (trimmed.Split('-') is not [var first, var last]
            || !ushort.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out ushort from)
            || !ushort.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out ushort to))
        {
            return null;
        }

        int count = to - from + 1;
        return count is > 1 and <= MostPorts
            ? $"is a range of ports; write each port: [{string.Join(", ", Enumerable.Range(from, count))}]"
            : "is a range of ports; write each port as an item of an array, or one file for each";

        static string Item(string address) => address.All(char.IsAsciiDigit) ? address : Wording.QuoteWhole(address);
    }

    /// <summary>
    /// How superd writes what other programs write so: <c>UDP://:69</c>, <c>tcp4://:80</c>, <c>127.0.0.1 80</c>, <c>[::1]80</c>,
    /// <c>0:80</c>. The text itself where there is nothing to rewrite.
    /// </summary>
    private static string Rewritten(string text)
    {
        string rest = text, transport = "";
        if (text.IndexOf("://", StringComparison.Ordinal) is var end and > 0)
        {
            transport = text[..end].ToLowerInvariant().TrimEnd('4', '6') + "://";
            rest = text[(end + 3)..];
        }

        int last = rest.AsSpan().LastIndexOfAnyExceptInRange('0', '9');
        string host = rest[..Math.Max(last, 0)], port = rest[(last + 1)..];
        bool isHost = TryReadIPv4(host, out _) || (host.StartsWith('[') && host.EndsWith(']'));
        return transport + (
            last > 0 && rest[last] is ' ' or '/' && isHost ? $"{host}:{port}"
            : last > 0 && rest[last] == ']' && port.Length > 0 ? $"{rest[..(last + 1)]}:{port}"
            : host == "0" && rest[last] == ':' ? $":{port}"
            : rest);
    }

    private static bool TryReadText(string text, TomlNode node, ValueReader reader, ref ListenConfig value)
    {
        if (text.StartsWith(Unix, StringComparison.Ordinal))
        {
            return TryReadUnix(text, node, reader, ref value);
        }

        string rest = text, transport = "";
        bool isUdp = text.StartsWith(Udp, StringComparison.Ordinal);
        if (isUdp || text.StartsWith(Tcp, StringComparison.Ordinal))
        {
            rest = text[Tcp.Length..];
            transport = text[..Tcp.Length];
        }
        else if (text.StartsWith("udp:", StringComparison.Ordinal) || text.StartsWith("tcp:", StringComparison.Ordinal))
        {
            return reader.Fail(
                node,
                $"listen = {Wording.Quote(text)}: two slashes are missing; "
                + $"write {Wording.QuoteWhole(WithSlashes(text[..4], text[4..], reader))}");
        }
        else if (text.StartsWith("udp/", StringComparison.Ordinal) || text.StartsWith("tcp/", StringComparison.Ordinal))
        {
            return reader.NotAllowed(node, Allowed, WithSlashes(text[..3] + ':', text[4..], reader));
        }
        else if (text.Contains("://", StringComparison.Ordinal))
        {
            return reader.NotAllowed(node, Forms);
        }

        if (rest.StartsWith('/') || rest.StartsWith("./", StringComparison.Ordinal) || rest.StartsWith('@'))
        {
            return reader.Fail(
                node,
                $"listen = {Wording.Quote(text)}: a Unix-domain socket begins with unix:, and is for connections; "
                + $"write {Wording.QuoteWhole(Readable(Unix + rest, reader) ?? "unix:/run/han.sock")}");
        }

        int colon = rest.LastIndexOf(':');
        string host = colon < 0 ? "" : rest[..colon];
        string port = rest[(colon + 1)..];
        if (rest.EndsWith(']') || colon >= 0 && !host.StartsWith('[') && host.Contains(':'))
        {
            if (rest.AsSpan().IndexOfAnyExcept(s_ofIPv6) is var other and >= 0 && rest[other] != '%')
            {
                return reader.Fail(
                    node,
                    $"listen = {Wording.Quote(text)}: superd listens on TCP and UDP ports (udp://:69) and Unix-domain sockets (unix:PATH); "
                    + $"write {Examples}");
            }

            string meant = Readable($"{transport}[{host}]:{port}", reader)
                ?? Readable($"{transport}[{rest.Trim('[', ']')}]:9003", reader)
                ?? $"{transport}[::1]:9003";
            return reader.Fail(
                node,
                $"listen = {Wording.Quote(text)}: an IPv6 address stands in brackets with its port after them; write \"{meant}\"");
        }

        bool isLocalhost = (colon < 0 ? rest : host).Equals(Localhost, StringComparison.OrdinalIgnoreCase);
        if (colon < 0 && (isLocalhost || TryReadIPv4(rest, out _)))
        {
            return reader.Fail(node, $"listen = {Wording.Quote(text)}: the port is missing; write \"{transport}{rest}:9003\"");
        }

        return TryReadHost(isLocalhost ? "" : host, text, node, reader, out IPAddress? address)
            && TryReadPort(port, text, node, reader, out int number, out string? name)
            && (value = new ListenConfig(address, name, number)
            {
                IsLocalhost = isLocalhost,
                Transport = isUdp ? Transport.Udp : Transport.Tcp,
            }) is not null;
    }

    /// <summary>The address that a transport without its slashes most likely means; one that superd reads.</summary>
    private static string WithSlashes(string transport, string rest, ValueReader reader)
    {
        string address = rest.TrimStart('/');
        bool isPath = address.Length < rest.Length && !address.Contains(':') && !address.All(char.IsAsciiDigit);
        return (isPath ? null : Readable($"{transport}//{(address.Contains(':') ? "" : ":")}{address}", reader))
            ?? $"{transport}//:69";
    }

    /// <summary>The text, if superd reads it as an address; otherwise null.</summary>
    private static string? Readable(string text, ValueReader reader)
    {
        var listen = new ListenConfig(null, null, 0);
        var node = new TomlString(text, SourceSpan.WholeFile);
        return !reader.IsTrial && TryReadText(text, node, reader.ForTrial(), ref listen) && IsKnown(listen) ? text : null;
    }

    private static bool IsKnown(ListenConfig listen) => listen.PortName is not { } name
        || new PortNames(PortNames.UsualFile).TryFind(listen.Transport == Transport.Udp ? "udp" : "tcp", name, out _);

    /// <summary>Checks only that the path can name a file; superd checks where it leads when it binds.</summary>
    private static bool TryReadUnix(string text, TomlNode node, ValueReader reader, ref ListenConfig value)
    {
        string name = text[Unix.Length..];
        value = value with { Transport = Transport.Unix, UnixName = name };
        return (name is not ("" or "@") && !name.EndsWith('/'))
            || reader.Fail(
                node,
                $"listen = {Wording.Quote(text)}: the name of the socket is missing; write \"unix:/run/han.sock\", "
                + "or \"unix:@han\" for one without a file");
    }

    private static bool TryReadHost(string host, string text, TomlNode node, ValueReader reader, out IPAddress? address)
    {
        address = null;
        if (host is "" or "*" || TryReadIPv4(host, out address))
        {
            return true;
        }

        if (host.StartsWith('[')
            && host.EndsWith(']')
            && IPAddress.TryParse(host[1..^1], out address)
            && address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            if (host.IndexOf('%') is var percent and > 0 && address.ScopeId == 0)
            {
                return reader.Fail(
                    node,
                    $"listen = {Wording.Quote(text)}: this machine has no interface {Wording.Quote(host[(percent + 1)..^1])}; name one "
                    + "that it has ('ip link' lists them)");
            }

            return !address.IsIPv4MappedToIPv6
                || reader.Fail(
                    node,
                    $"listen = {Wording.Quote(text)}: an IPv4 address in IPv6 form cannot be bound by an IPv6 socket; "
                    + $"write \"{text[..text.IndexOf('[')]}{address.MapToIPv4()}:{text[(text.LastIndexOf(':') + 1)..]}\"");
        }

        if (host.StartsWith('[') || host.AsSpan().IndexOfAnyExcept("0123456789.") < 0)
        {
            return reader.Fail(
                node,
                $"listen = {Wording.Quote(text)}: {Wording.Quote(host)} is not an IP address; write one such as 127.0.0.1 or [::1]");
        }

        return reader.Fail(
            node,
            $"listen = {Wording.Quote(text)}: {Wording.Quote(host)} is not an IP address, and names are not looked up, "
            + $"since their meaning can change; {MeantHost(host, text)}");
    }

    private static string MeantHost(string host, string text) => NearestName.Find(host, [Localhost]) is null
        ? "write the address"
        : $"did you mean {Wording.QuoteWhole(text.Replace(host, Localhost, StringComparison.Ordinal))}?";

    private static bool TryReadPort(string port, string text, TomlNode node, ValueReader reader, out int number, out string? name)
    {
        number = 0;
        name = null;
        if (port.Length == 0)
        {
            string examples = text.StartsWith(Udp, StringComparison.Ordinal) ? $"\"{text.TrimEnd(':')}:9003\"" : Examples;
            return reader.Fail(node, $"listen = {Wording.Quote(text)}: the port is missing; write {examples}");
        }

        if (port.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0)
        {
            return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= IPEndPoint.MaxPort
                || reader.NotAllowed(node, $"a port from 0 to {IPEndPoint.MaxPort}");
        }

        // A name of /etc/services; ListenRules looks it up.
        name = port;
        return port.AsSpan().IndexOfAnyExcept(PortNames.AllowedCharacters) < 0
            || reader.NotAllowed(node, Allowed, WithoutProtocol(text, reader));
    }

    /// <summary>The address for one with docker's suffix: <c>udp://:69</c> for <c>69/udp</c>; null without a suffix.</summary>
    private static string? WithoutProtocol(string text, ValueReader reader) =>
        text.EndsWith("/tcp", StringComparison.Ordinal) ? Readable(text[..^4], reader)
        : text.EndsWith("/udp", StringComparison.Ordinal) ? WithSlashes("udp:", text[..^4], reader)
        : null;

    /// <summary>Parses exactly four decimal numbers: the short and octal forms of inet_aton(3) would surprise the reader.</summary>
    internal static bool TryReadIPv4(string text, out IPAddress? address)
    {
        address = null;
        Span<byte> bytes = stackalloc byte[4];
        string[] parts = text.Split('.');
        for (int i = 0; i < parts.Length; i++)
        {
            bool leadingZero = parts[i].Length > 1 && parts[i][0] == '0';
            if (parts.Length != 4 || leadingZero || !byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return false;
            }
        }

        address = new IPAddress(bytes);
        return true;
    }
}
