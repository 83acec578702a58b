using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>
/// The local syslog: <c>&lt;PRI&gt;Mmm dd HH:MM:SS superd[PID]: TEXT</c>, the form of RFC 3164 without a host name, as syslog(3) writes it
/// to /dev/log.
/// </summary>
/// <remarks>
/// The syslog daemon may use datagrams or, rarely, a stream, and may restart at any time. The socket then leads nowhere and is opened
/// again.
/// </remarks>
internal sealed class SyslogTarget(string path, LogFormat format, TimeProvider time) : ILogTarget
{
    /// <summary>The socket that syslog(3) uses.</summary>
    public const string UsualPath = "/dev/log";

    /// <summary>LOG_DAEMON of syslog(3), as it appears in PRI.</summary>
    private const int DaemonFacility = 3 << 3;

    /// <summary>rsyslog's default limit; it cuts longer records.</summary>
    private const int LongestRecord = 8 * 1024;

    private readonly UnixDomainSocketEndPoint _address = new(path);
    private Fd? _socket;
    private bool _isStream;

    public string Name => "syslog";

    public bool IsStream => false;

    public void Format(in LogEvent entry, IBufferWriter<byte> record)
    {
        int priority = DaemonFacility | LogPriority.Of(entry.Level);
        DateTimeOffset now = time.GetLocalNow();
        var whole = new ArrayBufferWriter<byte>(512);
        Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture, $"<{priority}>{now:MMM} {now.Day,2} {now:HH:mm:ss} superd[{Environment.ProcessId}]: "),
            whole);
        if (format == LogFormat.Json)
        {
            JsonLine.Write(entry, now, whole);
        }
        else
        {
            string text = entry.Text;
            Encoding.UTF8.GetBytes(entry.Exception is null ? text : $"{text} {entry.Exception}".ReplaceLineEndings(" "), whole);
        }

        record.Write(Cut(whole.WrittenSpan));
    }

    public string? TryWrite(ReadOnlySpan<byte> record, out int written)
    {
        bool isFresh = _socket is null;
        SysResult result = Send(record);
        if (result.IsError && !isFresh)
        {
            Reopen();
            result = Send(record);
        }

        if (result.IsError)
        {
            Reopen();
        }

        written = result.IsError ? 0 : record.Length;
        return result.IsError ? $"{path}: {Errno.Describe(result.Errno)}" : null;
    }

    public void Reopen()
    {
        _socket?.Dispose();
        _socket = null;
    }

    public void Dispose() => Reopen();

    private SysResult Send(ReadOnlySpan<byte> record)
    {
        SysResult result = _socket is null ? Open() : SysResult.Ok();
        if (_socket is null)
        {
            return result;
        }

        // In a stream a NUL ends a record; a datagram needs no terminator.
        ReadOnlySpan<byte> rest = _isStream ? [.. record, 0] : record;
        while (rest.Length > 0)
        {
            result = _socket.Write(rest);
            if (result.IsError)
            {
                return result;
            }

            rest = rest[result.Value..];
        }

        return result;
    }

    private SysResult Open()
    {
        SysResult result = UnixClient.Connect(_address, asStream: false, out _socket);
        _isStream = result.Errno == Errno.EPROTOTYPE;
        return _isStream ? UnixClient.Connect(_address, asStream: true, out _socket) : result;
    }

    /// <summary>Cuts before a character, never inside one: bytes 10xxxxxx continue a character.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> record)
    {
        int length = Math.Min(record.Length, LongestRecord);
        while (length < record.Length && (record[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return record[..length];
    }
}
