using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>Warns of arguments that mean something else than they seem to: relative paths, and what only a shell understands.</summary>
/// <param name="exec">Key <c>exec</c>.</param>
/// <param name="suggestion">Finds the files that are meant.</param>
/// <param name="process">The process that would execute it.</param>
/// <param name="context">The load.</param>
internal sealed class ExecArguments(
    Written<ImmutableArray<string>> exec, ExecSuggestion suggestion, ProcessDefinition process, LoadContext context)
{
    /// <summary>What only a shell understands, and hardly any program takes as an argument.</summary>
    private static readonly string[] s_operators = ["|", "||", "&&", ">", ">>", "<", "2>&1", "2>/dev/null", ">/dev/null"];

    /// <summary>These programs take some of the operators.</summary>
    private static readonly string[] s_withOperators = ["expr", "test", "["];

    /// <summary>Reports the warnings.</summary>
    public void Check()
    {
        ImmutableArray<string> words = exec.Value;
        CheckEnv(words);
        int? script = process.Chroot is null ? InterpreterLine.ScriptIn(words) : null;
        for (int i = 1; i < words.Length; i++)
        {
            string argument = words[i];
            if (argument is "-c")
            {
                CheckShellText(words, i + 1);
                return; // a text follows that a shell expands, or another program reads
            }

            if (WhatIsWrong(argument, isScript: i == script) is { } wrong)
            {
                context.Problems.Warning(exec.Place, $"exec names the argument {Wording.Quote(argument)}: {wrong}");
            }
        }
    }

    /// <summary>env(1) looks for its program in the PATH that it gets.</summary>
    private void CheckEnv(ImmutableArray<string> words)
    {
        if (Path.GetFileName(words[0]) == "env"
            && EnvLine.OfArguments(words.Skip(1)) is { Kind: EnvLineKind.Program, Path: null, HasNoPath: false, Program: var program }
            && !program.Contains('/') && !LaunchText.IsPartial(program)
            && context.Programs.FindInPath(program, process) is null)
        {
            string remedy = context.Programs.FindNearestInPath(program, process) is { } near
                ? $"did you mean {Wording.QuoteWhole(Path.GetFileName(near))}?"
                : "install it, or name it by its path";
            context.Problems.Warning(
                exec.Place,
                $"exec asks env for {Wording.Quote(program)}, which the handler's PATH does not have ({ProgramChecker.PathOf(process)}); "
                + remedy);
        }
    }

    private void CheckShellText(ImmutableArray<string> words, int at)
    {
        if (at < words.Length && InterpreterLine.IsShell(words[0]) && suggestion.AbsoluteInLine(words[at]) is var absolute
            && absolute != words[at])
        {
            context.Problems.Warning(
                exec.Place,
                $"exec names files in {Wording.Quote(words[at])} that are beside {suggestion.WhereIsFirst(words[at])}, but not in the "
                + $"handler's directory, {Wording.Quote(process.Directory)}; write {Wording.QuoteWhole(absolute)} if they are meant");
        }
    }

    private string? WhatIsWrong(string argument, bool isScript)
    {
        Unexpanded? unexpanded = process.Chroot is null ? Unexpanded.Of(argument, context.HomeOf(process), context.Host) : null;
        if (suggestion.Absolute(argument) is { } absolute)
        {
            string why = unexpanded is not null ? $"{unexpanded.Word} is not expanded, since there is no shell"
                : $"it is beside {suggestion.WhereIs(argument)}, but not in the handler's directory, {Wording.Quote(process.Directory)}";
            return $"{why}; write {Wording.QuoteWhole(absolute)} if the file is meant";
        }

        if (unexpanded is { IsHome: true })
        {
            return unexpanded.Advice(Wording.QuoteWhole);
        }

        if (s_operators.Contains(argument) && !s_withOperators.Contains(Path.GetFileName(exec.Value[0])))
        {
            return "there is no shell that would understand it; write exec = [\"/bin/sh\", \"-c\", \"...\"], with the command line as one "
                + "string";
        }

        return isScript && IsMissing(argument)
            ? argument.StartsWith('/')
                ? "there is no such script; name one that exists"
                : $"there is no such script in the handler's directory, {Wording.Quote(process.Directory)}; write its whole path, or set "
                    + "directory"
            : null;
    }

    /// <summary>Whether nothing is there, as far as superd can see; a shell looks for a plain name in PATH as well.</summary>
    private bool IsMissing(string script) =>
        FileStatus.TryRead(Path.Combine(process.Directory, script), followLinks: true, out _) == Errno.ENOENT
        && (script.Contains('/') || !InterpreterLine.IsShell(exec.Value[0]) || context.Programs.FindInPath(script, process) is null);
}
