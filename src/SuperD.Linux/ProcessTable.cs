using System.Globalization;

namespace SuperD.Linux;

/// <summary>Which processes there are below a process, and who they run as: from /proc; see proc_pid_task(5).</summary>
public static class ProcessTable
{
    private const int UserLineWithin = 1024;

    /// <summary>
    /// The list of the children of a process's first thread; not there where the kernel was built without CONFIG_PROC_CHILDREN.
    /// </summary>
    public static string ChildrenFile(int pid) => $"/proc/{pid}/task/{pid}/children";

    /// <summary>Adds the children of all threads of a process, zombies included.</summary>
    public static void AddChildren(int pid, int threads, List<int> children)
    {
        if (threads <= 1)
        {
            ProcFile.AddNumbers(ChildrenFile(pid), children);
            return;
        }

        try
        {
            foreach (string task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                ProcFile.AddNumbers($"{task}/children", children);
            }
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    /// <summary>The real, effective and saved uid of a process; empty when they cannot be read.</summary>
    public static uint[] UsersOf(int pid)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/status", stackalloc char[UserLineWithin]);
        int line = text.IndexOf("\nUid:\t"); // a newline in its name is escaped
        if (line < 0)
        {
            return [];
        }

        ReadOnlySpan<char> ids = text[(line + "\nUid:\t".Length)..];
        Span<Range> fields = stackalloc Range[4];
        return ids.Split(fields, '\t') == 4
            && uint.TryParse(ids[fields[0]], CultureInfo.InvariantCulture, out uint real)
            && uint.TryParse(ids[fields[1]], CultureInfo.InvariantCulture, out uint effective)
            && uint.TryParse(ids[fields[2]], CultureInfo.InvariantCulture, out uint saved)
            ? [real, effective, saved]
            : [];
    }
}
