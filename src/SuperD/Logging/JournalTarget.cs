using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>
/// systemd's journal, by its native protocol: the text as MESSAGE, and each value as a field, SUPERD_CONN, SUPERD_PEER ...
/// </summary>
/// <remarks>
/// An entry is one datagram of lines <c>NAME=value</c>; for a multi-line value, it has the name alone, eight bytes of length
/// (little-endian) and the value. An entry too long for a datagram is sent as a sealed memfd. The socket is not connected, so the journal
/// may restart.
/// </remarks>
internal sealed class JournalTarget(string path) : ILogTarget
{
    /// <summary>Where systemd has the journal's socket.</summary>
    public const string UsualPath = "/run/systemd/journal/socket";

    private readonly UnixDomainSocketEndPoint _address = new(path);
    private Fd? _socket;

    public string Name => "journal";

    public bool IsStream => false;

    public void Format(in LogEvent entry, IBufferWriter<byte> record)
    {
        string message = entry.Text;
        Write(record, "MESSAGE", entry.Exception is null ? message : $"{message}\n{entry.Exception}");
        Write(record, "PRIORITY", LogPriority.Of(entry.Level).ToString(CultureInfo.InvariantCulture));
        Write(record, "SYSLOG_IDENTIFIER", "superd");
        Write(record, "SUPERD_EVENT", LogFields.SnakeCase(entry.Event.Name ?? string.Empty));
        Write(record, "SUPERD_EVENT_ID", entry.Event.Id.ToString(CultureInfo.InvariantCulture));
        foreach ((string name, object? value) in LogFields.Of(entry.State))
        {
            Write(record, $"SUPERD_{name.ToUpperInvariant()}", Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty);
        }
    }

    public string? TryWrite(ReadOnlySpan<byte> record, out int written)
    {
        SysResult result = _socket is null ? UnixClient.OpenDatagram(out _socket) : SysResult.Ok();
        if (_socket is not null)
        {
            result = UnixClient.SendTo(_socket, _address, record, mayWait: true);
            if (result.Errno is Errno.EMSGSIZE or Errno.ENOBUFS)
            {
                result = UnixClient.SendInFile(_socket, _address, record);
            }
        }

        written = result.IsError ? 0 : record.Length;
        return result.IsError ? $"{path}: {Errno.Describe(result.Errno)}" : null;
    }

    public void Reopen()
    {
        // Nothing to do: the socket is not connected.
    }

    public void Dispose() => _socket?.Dispose();

    private static void Write(IBufferWriter<byte> record, string name, string value)
    {
        Encoding.UTF8.GetBytes(name, record);
        if (value.Contains('\n'))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(value);
            record.Write("\n"u8);
            BinaryPrimitives.WriteInt64LittleEndian(record.GetSpan(sizeof(long)), bytes.Length);
            record.Advance(sizeof(long));
            record.Write(bytes);
        }
        else
        {
            record.Write("="u8);
            Encoding.UTF8.GetBytes(value, record);
        }

        record.Write("\n"u8);
    }
}
