namespace SuperD.Configuration;

/// <summary>A name as HTTP has it in Host: <c>localhost:9008</c>, <c>[::1]</c>.</summary>
internal static class HostName
{
    /// <summary>Splits it into the name, with the brackets of an IPv6 address, and the port with its colon; empty without one.</summary>
    public static (string Name, string Port) Split(string host)
    {
        int end = host.StartsWith('[') ? host.IndexOf(']') + 1 : host.IndexOf(':') is var colon and >= 0 ? colon : host.Length;
        return (host[..end], host[end..]);
    }
}
