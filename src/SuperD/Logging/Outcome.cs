using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>How a process exited, as in the log: <c>exit=0</c> or <c>signal=TERM</c>.</summary>
internal readonly record struct Outcome(ExitStatus Status) : IUtf8SpanFormattable
{
    public override string ToString() =>
        Status.Signal == 0 ? $"exit={Status.Code}" : $"signal={Signal.Name(Status.Signal)}";

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Status.Signal == 0
            ? Utf8.TryWrite(utf8Destination, provider, $"exit={Status.Code}", out bytesWritten)
            : Utf8.TryWrite(utf8Destination, provider, $"signal={Signal.Name(Status.Signal)}", out bytesWritten);
}
