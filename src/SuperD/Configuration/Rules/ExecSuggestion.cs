using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>The line to write for an exec that names no file: whole, so that it is right as it stands, arguments and all.</summary>
/// <param name="file">The service file.</param>
/// <param name="process">The process that would execute it.</param>
/// <param name="context">The load.</param>
internal sealed partial class ExecSuggestion(string file, ProcessDefinition process, LoadContext context)
{
    private const string ShellCharacters = "|&;<>`(){}*?$\n";

    /// <summary>Why the exec as written is not what was meant, and what to write; null without a guess.</summary>
    public string? For(ImmutableArray<string> exec)
    {
        bool isLine = exec.Length == 1 && exec[0].AsSpan().Trim().IndexOfAny(' ', '\t') >= 0;
        bool isOfShell = isLine && exec[0].AsSpan().IndexOfAny(ShellCharacters) >= 0 && Expand(exec[0]) is null;
        if (isOfShell)
        {
            const string Shell = "/bin/sh";
            return context.Programs.CanRun(Shell, process)
                ? $"there is no shell that would run a command line; write {Line([Shell, "-c", AbsoluteInLine(exec[0])])}"
                : null;
        }

        ImmutableArray<string> words = isLine ? Split(exec[0]) : exec;
        ImmutableArray<string> variables = isLine ? [.. words.TakeWhile(word => Assignment().IsMatch(word))] : [];
        words = words.RemoveRange(0, variables.Length);
        bool isExecWord = words is ["exec", _, ..];
        words = isExecWord ? words.RemoveAt(0) : words;
        if (words.IsEmpty || (isLine && words[0].AsSpan().Trim().IsEmpty))
        {
            return null;
        }

        Unexpanded? unexpanded = Expand(words[0]);
        string written = unexpanded?.Path ?? words[0];
        string? program = Find(written, out bool isInPath);
        string reason = !variables.IsEmpty ? "there is no shell that would set a variable"
            : isExecWord ? "exec is a word of the shell, and there is none"
            : isLine ? "there is no shell that would split it at spaces"
            : unexpanded is not null ? $"{unexpanded.Word} is not expanded, since there is no shell"
            : isInPath && program is not null ? "PATH is not searched"
            : "";
        if (program is not null)
        {
            return $"{(reason.Length == 0 ? "" : reason + "; ")}write {Whole(program, words, variables)}";
        }

        if (Mistyped(written) is { } near)
        {
            return $"{(reason.Length == 0 ? "" : reason + "; ")}did you mean {Whole(near, words, variables)}?";
        }

        if (unexpanded is not null)
        {
            return unexpanded.Advice(path => Line([path, .. words.Skip(1)]));
        }

        return isLine ? $"{reason}, and {WhyNot(written, words, variables)}" : null;
    }

    /// <summary>The absolute path of an argument that names a file beside the service file but not in the handler's directory.</summary>
    /// <returns>Null for any other argument.</returns>
    public string? Absolute(string argument)
    {
        if (argument.Length == 0 || argument[0] is ('/' or '-') || process.Chroot is not null)
        {
            return null;
        }

        return Expand(argument) is { Exists: true, Path: { } path } ? path
            : IsFile(Path.Combine(process.Directory, argument)) ? null
            : Places(argument).FirstOrDefault(IsFile);
    }

    /// <summary>A command line of a shell with <see cref="Absolute"/> paths for the words that it is known for.</summary>
    public string AbsoluteInLine(string line) => ShellWordIn().Replace(
        line, word => Absolute(word.Value) is { } path && StrictWords.ShellWord(path) is var quoted && quoted == path ? path : word.Value);

    /// <summary>What <see cref="AbsoluteInLine"/> has found the first file beside.</summary>
    public string WhereIsFirst(string line) => WhereIs(ShellWordIn().Matches(line).First(word => Absolute(word.Value) is not null).Value);

    /// <summary>What <see cref="Absolute"/> has found a file beside.</summary>
    public string WhereIs(string argument) => IsFile(Beside(argument)) ? "the service file" : "superd.toml";

    private static bool IsFile(string path) =>
        FileStatus.TryRead(path, followLinks: true, out FileStatus status) == 0 && status.Kind == FileKind.Regular;

    private static string Line(ImmutableArray<string> words) => words.Length == 1
        ? $"exec = {Wording.QuoteWhole(words[0])}"
        : $"exec = [{string.Join(", ", words.Select(Wording.QuoteWhole))}]";

    private string Beside(string path) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file) ?? "", path));

    /// <summary>
    /// Where a relative path may be meant to start: at the service file, at superd.toml, where README puts handlers, or in directory.
    /// </summary>
    private IEnumerable<string> Places(string path)
    {
        yield return Beside(path);
        if (context.ServerDirectory is { } server)
        {
            yield return Path.GetFullPath(Path.Combine(server, path));
        }

        yield return Path.GetFullPath(Path.Combine(process.Directory, path));
    }

    private Unexpanded? Expand(string path) => Unexpanded.Of(path, context.HomeOf(process), context.Host);

    /// <summary>The line to write, with the arguments that are files by their paths, and the variables that a shell would set.</summary>
    private string Whole(string program, ImmutableArray<string> words, ImmutableArray<string> variables)
    {
        string line = Line([program, .. words.Skip(1).Select(argument => Absolute(argument) ?? Home(argument) ?? argument)]);
        IEnumerable<string> set = variables.Select(variable => variable.Split('=', 2)).Select(parts =>
            $"env.{parts[0]} = {Wording.QuoteWhole(parts[1])}");
        return string.Join(" and ", [line, .. set]);
    }

    /// <summary>The path of an argument in the handler's home directory, whether it is there or not; null for any other argument.</summary>
    private string? Home(string argument) => process.Chroot is null && Expand(argument) is { IsHome: true, Path: { } path } ? path : null;

    /// <summary>The program's absolute path: as written, or in the handler's PATH, or in superd's own.</summary>
    private string? Find(string written, out bool isInPath)
    {
        string path = Inside(written);
        isInPath = false;
        if (context.Programs.CanRun(path, process))
        {
            return path;
        }

        isInPath = written.Length > 0 && !written.Contains('/');
        return isInPath ? context.Programs.FindInPath(written, process) ?? InOwnPath(written) : null;
    }

    /// <summary>A program that a mistyped path or name may stand for.</summary>
    private string? Mistyped(string written)
    {
        ProgramChecker programs = context.Programs;
        string name = Path.GetFileName(written);
        if (name.Length == 0)
        {
            return null;
        }

        string? elsewhere = process.Chroot is null ? Places(written).FirstOrDefault(path => programs.CanRun(path, process)) : null;
        return elsewhere
            ?? programs.FindNearest(Inside(written), process)
            ?? (written.Contains('/')
                ? programs.FindInPath(name, process) ?? InOwnPath(name)
                : programs.FindNearestInPath(name, process));
    }

    private string Inside(string written) =>
        process.Chroot is null ? Beside(written) : written.StartsWith('/') ? written : "/" + written;

    /// <summary>Why the program of a command line would not run, and what to do.</summary>
    private string WhyNot(string written, ImmutableArray<string> words, ImmutableArray<string> variables)
    {
        if (!written.Contains('/'))
        {
            return $"{Wording.Quote(written)} is not in the handler's PATH ({ProgramChecker.PathOf(process)}); install it, or write an "
                + "array of its path and its arguments";
        }

        string who = process.UserName is { } user ? $"user '{user}'" : "the handler";
        string path = process.Chroot is null ? Places(written).FirstOrDefault(IsFile) ?? Beside(written) : Inside(written);
        return context.Programs.FindFault(path, process, who) is { } fault && (process.Chroot is not null || IsFile(path))
            ? $"{fault.Why}; write {Whole(path, words, variables)}, and {fault.Remedy}"
            : "there is no such program; write an array of its path and its arguments";
    }

    private string? InOwnPath(string name) => (context.Host.Variable("PATH") ?? "")
        .Split(':')
        .Where(directory => directory.StartsWith('/'))
        .Select(directory => $"{directory.TrimEnd('/')}/{name}")
        .FirstOrDefault(path => context.Programs.CanRun(path, process));

    /// <summary>Splits a command line at blanks as a shell does, outside of quotes, up to a comment.</summary>
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
            else if (quote == '\0' && letter == '#' && word is null)
            {
                break;
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

    /// <summary>A word of a shell without quotes and anything that a shell expands.</summary>
    [GeneratedRegex("""(?<![^\s|&;<>()])[^\s|&;<>()'"`$*?{}\\=]+(?![^\s|&;<>()])""")]
    private static partial Regex ShellWordIn();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*=")]
    private static partial Regex Assignment();
}
