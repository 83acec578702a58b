using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>The programs that a command line starts: its own, the interpreter of a script, and those behind env(1) and the like.</summary>
internal sealed class HandlerPrograms(ProcessDefinition process, LoadContext context)
{
    private const string BusyBox = "busybox";

    /// <summary>Programs that change something and execute the program among their arguments.</summary>
    private static readonly string[] s_wrappers =
    [
        "env", "nice", "ionice", "chrt", "taskset", "stdbuf", "timeout", "nohup", "setsid", "setpriv", "prlimit", "setarch", "tcpd",
        "chpst", "softlimit", "setuidgid", "envuidgid", "envdir",
    ];

    /// <summary>The programs, the command line's own first; those of busybox by their names alone.</summary>
    /// <param name="words">The absolute path of the program, and its arguments.</param>
    /// <param name="argv0">What it sees itself called by.</param>
    public IReadOnlyList<string> StartedBy(IReadOnlyList<string> words, string argv0)
    {
        var programs = new List<string>();
        Add(programs, words);
        if (NameOf(words[0]) == BusyBox && argv0 != BusyBox)
        {
            programs.Add(Path.GetFileName(argv0));
        }

        return programs;
    }

    private void Add(List<string> programs, IReadOnlyList<string> words)
    {
        programs.Add(words[0]);
        programs.AddRange(context.Programs.InterpretersOf(words[0], process));
        string name = NameOf(words[0]);
        if (name == BusyBox && words.Count > 1)
        {
            programs.Add(words[1]);
        }
        else if (s_wrappers.Contains(name))
        {
            for (int i = 1; i < words.Count; i++)
            {
                if (Find(words[i]) is { } program)
                {
                    Add(programs, [program, .. words.Skip(i + 1)]);
                    return;
                }
            }
        }
    }

    /// <summary>The program that an argument of a wrapper names; null for an option, its value, or a variable.</summary>
    private string? Find(string word) =>
        word.Length == 0 || word[0] == '-' ? null
        : !word.Contains('/') ? context.Programs.FindInPath(word, process)
        : Path.GetFullPath(Path.Combine(process.Directory, word)) is var path && context.Programs.CanRun(path, process) ? path
        : null;

    /// <summary>The name of a program's file, behind links: that of busybox has many.</summary>
    private string NameOf(string program) =>
        Path.GetFileName(context.Paths.Find(process.Chroot is null or "/" ? "" : process.Chroot, program).Component);
}
