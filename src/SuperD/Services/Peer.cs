using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>What is known of the other end of a connection.</summary>
internal enum PeerKind
{
    /// <summary>Nothing: a wait service accepts for itself.</summary>
    None,

    /// <summary>An IP address and port: <see cref="Peer.EndPoint"/>.</summary>
    Inet,

    /// <summary>A process of this machine: <see cref="Peer.Credentials"/>.</summary>
    Unix,
}

/// <summary>Who is at the other end. The default value is "not known".</summary>
internal readonly record struct Peer : IUtf8SpanFormattable
{
    public Peer(InetEndPoint endPoint)
    {
        Kind = endPoint.IsKnown ? PeerKind.Inet : PeerKind.None;
        EndPoint = endPoint;
    }

    public Peer(PeerCredentials credentials)
    {
        Kind = PeerKind.Unix;
        Credentials = credentials;
    }

    public PeerKind Kind { get; }

    /// <summary>Address and port of an <see cref="PeerKind.Inet"/> peer; unknown for any other.</summary>
    public InetEndPoint EndPoint { get; }

    /// <summary>Of a <see cref="PeerKind.Unix"/> peer; meaningless for any other.</summary>
    public PeerCredentials Credentials { get; }

    public bool IsKnown => Kind != PeerKind.None;

    public static implicit operator Peer(InetEndPoint endPoint) => new(endPoint);

    /// <summary>As every log line shows it: <c>192.0.2.7:50112</c>, <c>[2001:db8::5]:50112</c>, <c>unix:uid=1000,gid=1000,pid=4711</c>, or <c>unknown</c>.</summary>
    public override string ToString() => Kind == PeerKind.Unix
        ? $"unix:uid={Credentials.UserId},gid={Credentials.GroupId},pid={Credentials.ProcessId}"
        : EndPoint.ToString();

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => Kind == PeerKind.Unix
        ? Utf8.TryWrite(
            utf8Destination, provider, $"unix:uid={Credentials.UserId},gid={Credentials.GroupId},pid={Credentials.ProcessId}", out bytesWritten)
        : EndPoint.TryFormat(utf8Destination, out bytesWritten, format, provider);
}
