using System.Globalization;

namespace SuperD.Linux;

/// <summary>The system call a thread sleeps in: /proc/PID/task/TID/syscall, see proc_pid_syscall(5).</summary>
/// <param name="Descriptor">
/// The first argument, which is the descriptor in every call that reads, writes, queries or shuts down an open file; -1 when it cannot
/// be a descriptor.
/// </param>
/// <param name="Text">Number, arguments, stack and program counter: while this text is unchanged, the thread is in the same call.</param>
public readonly record struct SleepingCall(int Descriptor, string Text)
{
    private const int LongestLine = 256;

    /// <summary>The calling thread's directory, for <see cref="Of"/>; null without /proc.</summary>
    public static string? DirectoryOfThisThread => new FileInfo("/proc/thread-self").LinkTarget is { } link ? $"/proc/{link}" : null;

    /// <summary>Reads the call; null when the thread runs, has exited, or may not be inspected. A process may inspect its own.</summary>
    /// <param name="thread">The thread's directory: <c>/proc/4711/task/4712</c>.</param>
    public static SleepingCall? Of(string thread)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"{thread}/syscall", stackalloc char[LongestLine]);
        Span<Range> fields = stackalloc Range[3];
        if (text.Split(fields, ' ') < fields.Length || text[0] == '-')
        {
            return null; // "running", or "-1" outside a system call
        }

        ReadOnlySpan<char> first = text[fields[1]];
        bool isSmall = int.TryParse(first["0x".Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int argument);
        return new SleepingCall(isSmall ? argument : -1, text.ToString());
    }
}
