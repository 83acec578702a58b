using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>The address a listener is bound to. The default value means "not bound".</summary>
/// <param name="EndPoint">Address and port, the port never 0; unknown for a Unix-domain socket.</param>
/// <param name="UnixName">The path of a Unix-domain socket, or <c>@</c> and its abstract name; null for others.</param>
internal readonly record struct LocalAddress(Transport Transport, InetEndPoint EndPoint, string? UnixName = null)
{
    /// <summary>A TCP address.</summary>
    public static implicit operator LocalAddress(InetEndPoint endPoint) => new(Transport.Tcp, endPoint);

    /// <summary>
    /// The form in the log, the same as in <see cref="ListenAddress"/>: <c>127.0.0.1:9003</c>, <c>0.0.0.0:69/udp</c>,
    /// <c>unix:/run/han.sock</c>.
    /// </summary>
    public override string ToString() => Transport switch
    {
        Transport.Udp => $"{EndPoint}/udp",
        Transport.Unix => $"unix:{UnixName}",
        _ => EndPoint.ToString(),
    };
}
