using System.Collections.Immutable;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>The line to write for an exec that names no file: whole, so that it is right as it stands, arguments and all.</summary>
/// <param name="file">The service file.</param>
/// <param name="process">The process that would execute it.</param>
/// <param name="context">The load.</param>
internal sealed class ExecSuggestion(string file, ProcessDefinition process, LoadContext context)
{
    private const string ShellCharacters = "|&;<>`(){}*?$\n";

    /// <summary>Why the exec as written is not what was meant, and what to write; null without a guess.</summary>
    public string? For(ImmutableArray<string> exec)
    {
        bool isLine = exec.Length == 1 && exec[0].AsSpan().IndexOfAny(' ', '\t') >= 0;
        bool isOfShell = isLine && exec[0].AsSpan().IndexOfAny(ShellCharacters) >= 0 && Unexpanded.Of(exec[0], context.Host) is null;
        if (isOfShell)
        {
            const string Shell = "/bin/sh";
            return context.Programs.CanRun(Shell, process)
                ? $"there is no shell that would run a command line; write {Line([Shell, "-c", exec[0]])}"
                : null;
        }

        ImmutableArray<string> words = isLine ? Split(exec[0]) : exec;
        Unexpanded? unexpanded = Unexpanded.Of(words[0], context.Host);
        string written = unexpanded?.Path ?? words[0];
        string? program = Find(written, out bool isInPath);
        string reason = isLine ? "there is no shell that would split it at spaces"
            : unexpanded is not null ? $"{unexpanded.Word} is not expanded, since there is no shell"
            : isInPath ? "PATH is not searched"
            : "";
        if (program is null)
        {
            return unexpanded is not null ? unexpanded.Advice(path => path)
                : isLine ? $"{reason}; write an array of the program and its arguments"
                : null;
        }

        string line = Line([program, .. words.Skip(1).Select(argument => Absolute(argument) ?? argument)]);
        return reason.Length == 0 ? $"did you mean {line}?" : $"{reason}; write {line}";
    }

    /// <summary>The absolute path of an argument that names a file beside the service file but not in the handler's directory.</summary>
    /// <returns>Null for any other argument.</returns>
    public string? Absolute(string argument)
    {
        if (argument.Length == 0 || argument[0] is ('/' or '-') || process.Chroot is not null)
        {
            return null;
        }

        if (Unexpanded.Of(argument, context.Host) is { Exists: true, Path: { } path })
        {
            return path;
        }

        string beside = Beside(argument);
        return IsFile(beside) && !IsFile(Path.Combine(process.Directory, argument)) ? beside : null;
    }

    private static bool IsFile(string path) =>
        FileStatus.TryRead(path, followLinks: true, out FileStatus status) == 0 && status.Kind == FileKind.Regular;

    private static string Line(ImmutableArray<string> words) => words.Length == 1
        ? $"exec = {Wording.QuoteWhole(words[0])}"
        : $"exec = [{string.Join(", ", words.Select(Wording.QuoteWhole))}]";

    private string Beside(string path) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file) ?? "", path));

    /// <summary>The program's absolute path: as written, in the handler's PATH, or the nearest name in its directory or in PATH.</summary>
    private string? Find(string written, out bool isInPath)
    {
        ProgramChecker programs = context.Programs;
        isInPath = false;
        if (written.Length == 0)
        {
            return null;
        }

        string path = process.Chroot is null ? Beside(written) : written.StartsWith('/') ? written : "/" + written;
        if (programs.CanRun(path, process))
        {
            return path;
        }

        string name = Path.GetFileName(written);
        isInPath = !written.Contains('/');
        string? inPath = name.Length == 0 ? null : programs.FindInPath(name, process) ?? InOwnPath(name);
        return (isInPath ? inPath : null)
            ?? programs.FindNearest(path, process)
            ?? inPath
            ?? (isInPath ? programs.FindNearestInPath(name, process) : null);
    }

    private string? InOwnPath(string name) => (context.Host.Variable("PATH") ?? "")
        .Split(':')
        .Where(directory => directory.StartsWith('/'))
        .Select(directory => $"{directory.TrimEnd('/')}/{name}")
        .FirstOrDefault(path => context.Programs.CanRun(path, process));

    /// <summary>Splits a command line at blanks as a shell does, outside of quotes.</summary>
    private static ImmutableArray<string> Split(string line)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        StringBuilder? word = null;
        char quote = '\0';
        foreach (char letter in line)
        {
            if (quote == '\0' && letter is (' ' or '\t'))
            {
                Finish();
            }
            else if (letter == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && letter is ('"' or '\''))
            {
                quote = letter;
                word ??= new StringBuilder();
            }
            else
            {
                word = (word ?? new StringBuilder()).Append(letter);
            }
        }

        Finish();
        return words.Count == 0 ? [line] : words.ToImmutable();

        void Finish()
        {
            if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }
    }
}
