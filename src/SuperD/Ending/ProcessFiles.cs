using System.Globalization;
using System.Text;

namespace SuperD.Ending;

/// <summary>What /proc tells of processes that are nobody's handler; see proc(5). What has ended meanwhile is simply not there.</summary>
internal static class ProcessFiles
{
    private const int MaxProcessesInTree = 65_536;

    /// <summary>The list of the children of a process's first thread.</summary>
    public static string ChildrenOf(int pid) => $"/proc/{pid}/task/{pid}/children";

    /// <summary>The children of a process's first thread.</summary>
    public static IEnumerable<int> Children(int pid) => Numbers(ChildrenOf(pid));

    /// <summary>A process and all its descendants, parents first.</summary>
    public static IEnumerable<int> Tree(int pid)
    {
        var found = new List<int> { pid };
        for (int i = 0; i < found.Count && found.Count < MaxProcessesInTree; i++)
        {
            try
            {
                foreach (string task in Directory.EnumerateDirectories($"/proc/{found[i]}/task"))
                {
                    found.AddRange(Numbers($"{task}/children"));
                }
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return found;
    }

    /// <summary>Its process group; 0 when it has ended.</summary>
    public static int GroupOf(int pid)
    {
        // pid (name) state ppid pgrp ...; the name may contain anything.
        string stat = Text($"/proc/{pid}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 2 && int.TryParse(fields[2], CultureInfo.InvariantCulture, out int group) ? group : 0;
    }

    /// <summary>SUPERD_CONNECTION of the environment it was executed with; null when it has none, or another user's process hides it.</summary>
    public static long? ConnectionOf(int pid)
    {
        const string name = "SUPERD_CONNECTION=";
        string? variable = Text($"/proc/{pid}/environ").Split('\0').FirstOrDefault(entry => entry.StartsWith(name, StringComparison.Ordinal));
        return long.TryParse(variable?[name.Length..], CultureInfo.InvariantCulture, out long connection) ? connection : null;
    }

    private static IEnumerable<int> Numbers(string file) => Text(file)
        .Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .Select(number => int.Parse(number, CultureInfo.InvariantCulture));

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file, Encoding.Latin1);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
