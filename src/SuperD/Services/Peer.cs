using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>What superd knows of the other end of a connection.</summary>
internal enum PeerKind
{
    /// <summary>Nothing: a wait service accepts by itself.</summary>
    None,

    /// <summary>An IP address and port: <see cref="Peer.EndPoint"/>.</summary>
    Inet,

    /// <summary>A process of this machine: <see cref="Peer.Credentials"/>.</summary>
    Unix,
}

/// <summary>The other end of a connection. The default value means "unknown".</summary>
internal readonly record struct Peer : IUtf8SpanFormattable
{
    /// <summary>A peer with an IP address; unknown if the end point is.</summary>
    public Peer(InetEndPoint endPoint)
    {
        Kind = endPoint.IsKnown ? PeerKind.Inet : PeerKind.None;
        EndPoint = endPoint;
    }

    /// <summary>A process of this machine.</summary>
    public Peer(PeerCredentials credentials)
    {
        Kind = PeerKind.Unix;
        Credentials = credentials;
    }

    /// <summary>What is known of it.</summary>
    public PeerKind Kind { get; }

    /// <summary>Address and port of an <see cref="PeerKind.Inet"/> peer; unknown for any other.</summary>
    public InetEndPoint EndPoint { get; }

    /// <summary>The user and process of a <see cref="PeerKind.Unix"/> peer; meaningless for any other.</summary>
    public PeerCredentials Credentials { get; }

    /// <summary>Whether anything is known of it.</summary>
    public bool IsKnown => Kind != PeerKind.None;

    /// <summary>A peer with an IP address.</summary>
    public static implicit operator Peer(InetEndPoint endPoint) => new(endPoint);

    /// <summary>
    /// The form in every log line: <c>192.0.2.7:50112</c>, <c>[2001:db8::5]:50112</c>, <c>unix:uid=1000,gid=1000,pid=4711</c>, or
    /// <c>unknown</c>.
    /// </summary>
    public override string ToString() => Kind == PeerKind.Unix
        ? $"unix:uid={Credentials.UserId},gid={Credentials.GroupId},pid={Credentials.ProcessId}"
        : EndPoint.ToString();

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Kind == PeerKind.Unix
            ? Utf8.TryWrite(
                utf8Destination,
                provider,
                $"unix:uid={Credentials.UserId},gid={Credentials.GroupId},pid={Credentials.ProcessId}",
                out bytesWritten)
            : EndPoint.TryFormat(utf8Destination, out bytesWritten, format, provider);
}
