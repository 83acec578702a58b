using Microsoft.Extensions.Logging;
using SuperD.Logging;

namespace SuperD.Reaping;

/// <summary>Makes log lines of the stderr of one handler: folds repeated lines, and drops and counts what is too much. Loop only.</summary>
/// <remarks>
/// A line that equals the one before it is only counted; the count is logged before the next other line, at <see cref="TellRepeats"/> and
/// at the end. Other lines have an <see cref="Allowance"/> of lines and of bytes, which a program that explains its troubles does not use
/// up. The work is bounded too: a run of equal lines is recognized by one comparison of the bytes with themselves, one line further on,
/// and lines that will be dropped are only counted.
/// </remarks>
internal sealed class StderrLines(string service, long connection, ILogger log)
{
    /// <summary>The most bytes logged of one line; the rest is cut.</summary>
    public const int MaxLineBytes = 1024;

    /// <summary>The lines that may be logged at once, and per second after that.</summary>
    public const int LineBurst = 1000, LinesPerSecond = 50;

    /// <summary>The bytes of text that may be logged at once, and per second after that.</summary>
    public const int TextBurst = 256 * 1024, TextPerSecond = 8 * 1024;

    private readonly LineSplitter _splitter = new(MaxLineBytes);
    private readonly Allowance _lines = new(LineBurst, LinesPerSecond);
    private readonly Allowance _text = new(TextBurst, TextPerSecond);
    private LastLine _lastSeen;
    private byte[]? _last;
    private bool _isLastCut;
    private long _repeated;
    private long _nowMs;

    /// <summary>How many lines were not logged and not folded.</summary>
    public long Dropped { get; private set; }

    /// <summary>The beginning of the last line that is not empty, logged or not; safe to print. Null if there was none.</summary>
    public string? LastText => _lastSeen.Text;

    /// <summary>Whether the last line was repeated and <see cref="TellRepeats"/> has something to say.</summary>
    public bool HasRepeats => _repeated > 0;

    /// <summary>Takes the next bytes.</summary>
    public void Feed(ReadOnlySpan<byte> bytes, long nowMs)
    {
        _nowMs = nowMs;
        while (!bytes.IsEmpty)
        {
            int taken = _splitter.IsAtStart ? Fold(bytes) : 0;
            if (taken == 0 && _splitter.IsAtStart && !MayLog())
            {
                taken = Drop(bytes);
            }

            if (taken == 0)
            {
                int end = bytes.IndexOf((byte)'\n');
                taken = end < 0 ? bytes.Length : end + 1;
                _splitter.Feed(bytes[..taken], OnLine);
            }

            bytes = bytes[taken..];
        }
    }

    /// <summary>The handler is gone: logs the unfinished line and the count of repeats.</summary>
    public void Finish(long nowMs)
    {
        _nowMs = nowMs;
        _splitter.Flush(OnLine);
        TellRepeats();
    }

    /// <summary>Logs how often the last line was repeated so far.</summary>
    public void TellRepeats()
    {
        if (_repeated == 1)
        {
            Write(_last!, _isLastCut); // a repeat implies a last line
        }
        else if (_repeated > 1)
        {
            string text = TextOf(_last, _isLastCut);
            Charge(text);
            log.StderrRepeated(service, connection, _repeated, text);
        }

        _repeated = 0;
    }

    /// <summary>Hands over the unfinished line, the last one, and the counts.</summary>
    public StderrHandover HandOver(int pipe)
    {
        (byte[] partial, bool isCut) = _splitter.Partial;
        return new StderrHandover(pipe, partial, isCut)
        {
            Last = _last,
            IsLastCut = _isLastCut,
            Repeated = _repeated,
            Dropped = Dropped,
            LastSeen = _lastSeen.Bytes,
        };
    }

    /// <summary>Continues where the previous version was.</summary>
    public void Inherit(StderrHandover handed)
    {
        _splitter.Begin(handed.Partial, handed.IsCut);
        _last = handed.Last;
        _isLastCut = handed.IsLastCut;
        _repeated = handed.Last is null ? 0 : handed.Repeated;
        Dropped = handed.Dropped;
        _lastSeen.Keep(handed.LastSeen);
    }

    /// <summary>Counts the whole lines at the start that equal the last one; returns their length.</summary>
    private int Fold(ReadOnlySpan<byte> bytes)
    {
        if (_last is null || _isLastCut || !bytes.StartsWith(_last))
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = bytes[_last.Length..];
        int newline = rest.StartsWith("\n"u8) ? 1 : rest.StartsWith("\r\n"u8) ? 2 : 0;
        if (newline == 0)
        {
            return 0;
        }

        int period = _last.Length + newline;
        int repeats = 1 + (bytes.CommonPrefixLength(bytes[period..]) / period);
        _repeated += repeats;
        return repeats * period;
    }

    /// <summary>Counts the whole lines as dropped; returns their length.</summary>
    private int Drop(ReadOnlySpan<byte> bytes)
    {
        int length = bytes.LastIndexOf((byte)'\n') + 1;
        if (length > 0)
        {
            TellRepeats();
            CountDropped(bytes[..length].Count((byte)'\n'));
            ReadOnlySpan<byte> lines = bytes[..(length - 1)];
            _lastSeen.Keep(lines[(lines.LastIndexOf((byte)'\n') + 1)..].TrimEnd((byte)'\r'));
        }

        return length;
    }

    private void OnLine(ReadOnlySpan<byte> line, bool isCut)
    {
        _lastSeen.Keep(line);
        if (_last is not null && isCut == _isLastCut && line.SequenceEqual(_last))
        {
            _repeated++;
            return;
        }

        TellRepeats();
        if (!MayLog())
        {
            CountDropped(1);
            return;
        }

        _last = line.ToArray();
        _isLastCut = isCut;
        Write(line, isCut);
    }

    private void CountDropped(int lines)
    {
        if (Dropped == 0)
        {
            log.StderrLimited(service, connection);
        }

        Dropped += lines;
        _last = null; // what comes next does not follow it
    }

    private void Write(ReadOnlySpan<byte> line, bool isCut)
    {
        string text = TextOf(line, isCut);
        Charge(text);
        log.Stderr(service, connection, text);
    }

    private bool MayLog() => _lines.HasAny(_nowMs) && _text.HasAny(_nowMs);

    private void Charge(string text)
    {
        _lines.Take(1);
        _text.Take(text.Length); // escaped, as the log has it
    }

    private static string TextOf(ReadOnlySpan<byte> line, bool isCut) => Printable.Escape(line) + (isCut ? " [cut]" : string.Empty);
}
