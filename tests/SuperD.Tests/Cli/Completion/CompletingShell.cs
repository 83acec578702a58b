using SuperD.Tests.Support;

namespace SuperD.Tests.Cli.Completion;

/// <summary>A shell at a terminal with superd's completion, as a user has it. <see cref="Dispose"/> ends it.</summary>
internal sealed class CompletingShell : IDisposable
{
    private const string BeginningOfLine = "\x01", Begin = "<<", End = ">>";

    private const string Print = $"printf '{Begin}'; printf '[%s]' ", PrintEnd = $"; printf '{End}\\n'";

    /// <summary>The shells: the command line, the file that it reads first, and the function that shows how it has split a line.</summary>
    private static readonly Dictionary<string, (string Command, string File, string Show)> s_shells = new()
    {
        ["bash"] = ("bash --noprofile --rcfile rc -i", "rc", $"show() {{ {Print} \"$@\"{PrintEnd}; }}\n"),
        ["zsh"] = ("env ZDOTDIR=. zsh -d -i", ".zshrc", $"show() {{ {Print} \"$@\"{PrintEnd}; }}\nautoload -Uz compinit\ncompinit -u -D\n"),
        ["fish"] = ("fish --no-config -i -C 'source rc'", "rc", $"function show\n{Print} $argv{PrintEnd}\nend\n"),
    };

    private readonly TempDir _home = new();
    private readonly PseudoTerminal _terminal;

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="directory">The working directory.</param>
    public CompletingShell(string name, string directory)
    {
        Needs.Program(name);
        (string command, string file, string show) = s_shells[name];
        File.CreateSymbolicLink(_home["superd"], SuperdProgram.Path);
        string script = SuperdProgram.Run("/", "help", name).StandardOutput;
        _home.Write(file, $"{show}{script}cd '{directory}'\nshow ready\n");
        _terminal = new PseudoTerminal(_home.Path, $"export HOME='{_home.Path}' PATH='{_home.Path}':\"$PATH\"; exec {command}");
        WordsShown();
    }

    /// <summary>The names of the shells.</summary>
    public static IEnumerable<string> Names => s_shells.Keys;

    /// <summary>Everything drawn so far.</summary>
    public string Drawn => _terminal.Drawn;

    /// <summary>Types a line, in which <c>\t</c> is the key that completes; returns its words as the shell then reads it.</summary>
    public string WordsOf(string line)
    {
        _terminal.Type(line + BeginningOfLine + "show \r");
        return WordsShown();
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _home.Dispose();
    }

    private string WordsShown()
    {
        _terminal.WaitFor(Begin).WaitFor(End);
        string drawn = _terminal.Drawn;
        return drawn[(drawn.LastIndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..drawn.LastIndexOf(End, StringComparison.Ordinal)];
    }
}
