using System.Globalization;

namespace SuperD.Linux;

/// <summary>The system call a thread sleeps in: from /proc/PID/task/TID/syscall, see proc_pid_syscall(5).</summary>
/// <param name="Descriptor">
/// Its first argument: the descriptor, of all calls that read, write, ask or end an open file; -1 when it cannot be one.
/// </param>
/// <param name="Text">Number and arguments of the call, stack and program counter: as long as it is the same, so is the call.</param>
public readonly record struct SleepingCall(int Descriptor, string Text)
{
    private const int LongestLine = 256;

    /// <summary>The directory of the calling thread, for <see cref="Of"/>; null without /proc.</summary>
    public static string? DirectoryOfThisThread => new FileInfo("/proc/thread-self").LinkTarget is { } link ? $"/proc/{link}" : null;

    /// <summary>Null when the thread runs, has ended, or may not be asked; superd may always ask its own.</summary>
    /// <param name="thread">Its directory: <c>/proc/4711/task/4712</c>.</param>
    public static SleepingCall? Of(string thread)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"{thread}/syscall", stackalloc char[LongestLine]);
        Span<Range> fields = stackalloc Range[3];
        if (text.Split(fields, ' ') < fields.Length || text[0] == '-')
        {
            return null; // "running", or in no call: -1
        }

        ReadOnlySpan<char> first = text[fields[1]];
        bool isSmall = int.TryParse(first["0x".Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int argument);
        return new SleepingCall(isSmall ? argument : -1, text.ToString());
    }
}
