using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>What a listener is really bound to. The default value is "not bound".</summary>
/// <param name="EndPoint">Address and port, the port never 0; unknown for a Unix-domain socket.</param>
/// <param name="UnixName">The path of a Unix-domain socket, or <c>@</c> and its abstract name; null for the others.</param>
internal readonly record struct LocalAddress(Transport Transport, InetEndPoint EndPoint, string? UnixName = null)
{
    public static implicit operator LocalAddress(InetEndPoint endPoint) => new(Transport.Tcp, endPoint);

    /// <summary>As logged, and as <see cref="ListenAddress"/> writes it: <c>127.0.0.1:9003</c>, <c>0.0.0.0:69/udp</c>, <c>unix:/run/han.sock</c>.</summary>
    public override string ToString() => Transport switch
    {
        Transport.Udp => $"{EndPoint}/udp",
        Transport.Unix => $"unix:{UnixName}",
        _ => EndPoint.ToString(),
    };
}
