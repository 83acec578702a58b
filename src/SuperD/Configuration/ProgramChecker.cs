using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>Finds out, before a launch or after a failed one, why a program would not run: its path and the start of its file.</summary>
/// <remarks>
/// It follows execve(2): a <c>#!</c> line and its interpreter, an ELF header and its loader, and what binfmt_misc knows beyond these. It
/// reports only what surely fails: what superd cannot read, it lets pass. May block on the disk; any thread. One instance serves one load
/// and reads each file once.
/// </remarks>
/// <param name="paths">Checks paths.</param>
/// <param name="files">Finds files for mistyped names.</param>
internal sealed class ProgramChecker(PathChecker paths, NearestFile files)
{
    /// <summary>The kernel follows five interpreters that are scripts themselves.</summary>
    private const int MostInterpreters = 5;

    private readonly Dictionary<string, ProgramHead> _heads = new(StringComparer.Ordinal);

    /// <summary>Whether a candidate is tried for a suggestion: its own fault needs none, and could lead back here without end.</summary>
    private bool _isTrial;

    /// <summary>Why the program would not run; null if nothing is known against it.</summary>
    /// <param name="executable">Absolute, inside the chroot if there is one.</param>
    /// <param name="process">The process that would execute it.</param>
    /// <param name="who">Its user in messages: <c>superd</c>, <c>user 'nobody'</c>.</param>
    public ProgramFault? FindFault(string executable, ProcessDefinition process, string who)
    {
        PathCheck check = paths.CheckExecutable(RootOf(process), executable, process.Credentials);
        if (check.Problem == PathProblem.None)
        {
            return FindFaultInFile(check, process, who, MostInterpreters);
        }

        // "/bin/hs", not "/usr/bin/hs", if the directory is there under both names.
        bool isLastMissing = check.Problem == PathProblem.Missing && Path.GetFileName(check.Component) == Path.GetFileName(executable)
            && paths.CheckDirectory(RootOf(process), Path.GetDirectoryName(executable) ?? "/").Problem == PathProblem.None;
        check = isLastMissing ? check with { Component = executable } : check;
        return new ProgramFault(
            PathWords.Why(check, "a regular file", who, RootOf(process)),
            PathWords.Remedy(check, "a file", RootOf(process)));
    }

    /// <summary>The PATH of a handler.</summary>
    public static string PathOf(ProcessDefinition process) =>
        process.Environment.LastOrDefault(variable => variable.Name == "PATH").Value ?? "";

    /// <summary>The program of this name in the PATH of a handler; null when its PATH does not have it.</summary>
    public string? FindInPath(string name, ProcessDefinition process) =>
        Candidates(name, PathOf(process), process).FirstOrDefault(path => CanRun(path, process));

    /// <summary>The program whose name is nearest to this one, in the PATH of a handler.</summary>
    public string? FindNearestInPath(string name, ProcessDefinition process) => _isTrial ? null
        : Candidates(name, PathOf(process), process)
            .Select(path => files.Find(RootOf(process), path, other => CanRun(other, process)))
            .FirstOrDefault(path => path is not null);

    /// <summary>The program for a mistyped path, in the same directory.</summary>
    public string? FindNearest(string path, ProcessDefinition process) =>
        _isTrial ? null : files.Find(RootOf(process), path, other => CanRun(other, process));

    /// <summary>Whether nothing is known against a program.</summary>
    public bool CanRun(string path, ProcessDefinition process)
    {
        bool wasTrial = _isTrial;
        _isTrial = true;
        bool can = FindFault(path, process, "") is null;
        _isTrial = wasTrial;
        return can;
    }

    /// <summary>Whether the kernel hands a file to an interpreter.</summary>
    /// <param name="file">Resolved, from the machine's own root.</param>
    public bool IsScript(string file) => HeadOf(file).Kind == ProgramKind.Script;

    /// <summary>What else is executed to run a program: the interpreter of a script, what env(1) finds for it, and a loader.</summary>
    public IEnumerable<string> InterpretersOf(string executable, ProcessDefinition process)
    {
        string? program = executable;
        for (int i = 0; i < MostInterpreters && program is not null; i++)
        {
            PathCheck found = paths.Find(RootOf(process), program);
            if (found.Problem != PathProblem.None || HeadOf(RootOf(process) + found.Component) is not { Interpreter.Length: > 0 } head)
            {
                yield break;
            }

            program = Path.Combine(process.Directory, head.Interpreter);
            yield return program;
            if (head.Kind == ProgramKind.Script && Path.GetFileName(program) == "env")
            {
                program = ProgramOfEnv(EnvLine.Read(head.Argument), process);
                if (program is not null)
                {
                    yield return program;
                }
            }
        }
    }

    private string? ProgramOfEnv(EnvLine line, ProcessDefinition process) =>
        line.Kind != EnvLineKind.Program ? null
        : line.Program.Contains('/') ? Path.Combine(process.Directory, line.Program)
        : Candidates(line.Program, line.Path ?? PathOf(process), process).FirstOrDefault(path => Reaches(path, process));

    private ProgramHead HeadOf(string file)
    {
        if (!_heads.TryGetValue(file, out ProgramHead? head))
        {
            head = ProgramHead.Read(file);
            _heads.Add(file, head);
        }

        return head;
    }

    private static string RootOf(ProcessDefinition process) => process.Chroot is null or "/" ? "" : process.Chroot;

    /// <summary>The paths of a name in the directories of a PATH; an empty or relative one starts at the working directory.</summary>
    private static IEnumerable<string> Candidates(string name, string path, ProcessDefinition process) =>
        path.Split(':').Select(directory => $"{Path.Combine(process.Directory, directory).TrimEnd('/')}/{name}");

    private ProgramFault? FindFaultInFile(PathCheck found, ProcessDefinition process, string who, int interpreters)
    {
        string file = RootOf(process) + found.Component;
        ProgramHead head = HeadOf(file);
        ProgramFault? fault = head.Kind switch
        {
            ProgramKind.Script => FindFaultInScript(head, file, process, who, interpreters) ?? WhyUnreadable(found, process, who),
            ProgramKind.Elf => FindFaultInElf(head, file, process, who),
            ProgramKind.Empty => new ProgramFault($"{Wording.Quote(file)} is empty", "write the program into it"),
            ProgramKind.Other => NoProgram(head, file),
            _ => null,
        };
        return fault is not null && BinaryFormats.Know(file, head.Bytes.Span) ? null : fault;
    }

    private ProgramFault? FindFaultInScript(ProgramHead head, string file, ProcessDefinition process, string who, int interpreters)
    {
        string name = Path.GetFileName(head.Interpreter);
        if (head.Interpreter.Length == 0)
        {
            return new ProgramFault($"the #! line of {Wording.Quote(file)} names no interpreter", "begin it with a line such as #!/bin/sh");
        }

        // Perl alone skips a CR after its options.
        if (head.EndsInCarriageReturn && !(head.Argument.Length > 0 && name.StartsWith("perl", StringComparison.Ordinal)))
        {
            string last = head.Argument.Length > 0 ? head.Argument : head.Interpreter;
            return new ProgramFault(
                $"{Wording.Quote(file)} ends its #! line in CR, as Windows writes it, so that {Wording.Quote(last + '\r')} is looked for",
                $"remove it with: sed -i 's/\\r$//' {StrictWords.ShellWord(file)}");
        }

        if (interpreters == 0)
        {
            return new ProgramFault(
                $"{Wording.Quote(file)} is the script of a script, {MostInterpreters} times over, and the kernel follows no more",
                "name an interpreter that is a program in their #! lines");
        }

        string interpreter = Path.Combine(process.Directory, head.Interpreter);
        PathCheck check = paths.CheckExecutable(RootOf(process), interpreter, process.Credentials);
        if (check.Problem != PathProblem.None)
        {
            string remedy = check.Problem != PathProblem.Missing ? PathWords.Remedy(check, "an interpreter", RootOf(process))
                : _isTrial ? ""
                : (FindNearest(interpreter, process) ?? FindInPath(name, process)) is { } near ? $"did you mean #!{near}?"
                : "install it, or name another";
            return new ProgramFault(
                $"the interpreter of its #! line, {Wording.Quote(head.Interpreter)}, cannot be run: "
                + PathWords.Why(check, "a regular file", who, RootOf(process)),
                remedy);
        }

        bool isEnv = name == "env" || Path.GetFileName(check.Component) == "env";
        return (isEnv ? FindFaultOfEnv(head, file, process) : null) ?? FindFaultInFile(check, process, who, interpreters - 1);
    }

    /// <summary>The kernel needs only the right to execute a script, but its interpreter opens it as the handler's user.</summary>
    private ProgramFault? WhyUnreadable(PathCheck script, ProcessDefinition process, string who)
    {
        PathCheck check = paths.CheckReadable(RootOf(process), script, process.Credentials);
        string file = RootOf(process) + script.Component;
        return check.Problem == PathProblem.None ? null : new ProgramFault(
            $"{Wording.Quote(file)} has mode {Wording.Mode(check.Status.Permissions)}, owner {check.Status.UserId}:{check.Status.GroupId}"
            + $"{(check.HasAcl ? " and an ACL" : "")}, which does not let {who} read it, as the interpreter of a script does",
            check.HasAcl
                ? PathWords.Remedy(check, "a file", RootOf(process))
                : $"choose another user, or make it readable with: chmod a+r {StrictWords.ShellWord(file)}");
    }

    /// <summary>env(1) looks for the program in the PATH it gets.</summary>
    private ProgramFault? FindFaultOfEnv(ProgramHead head, string file, ProcessDefinition process)
    {
        EnvLine line = EnvLine.Read(head.Argument);
        if (line.Kind == EnvLineKind.NoProgram)
        {
            return new ProgramFault(
                "its #! line gives env no program, so that env would start the script again, without end",
                $"name the interpreter, for example {LineFor(file)}");
        }

        string program = line.Program;
        bool isPath = program.Contains('/');
        string path = line.Path ?? PathOf(process);
        IEnumerable<string> candidates = isPath ? [Path.Combine(process.Directory, program)] : Candidates(program, path, process);

        // Whether the program itself would run is asked no further: it may be this very script.
        if (line.Kind == EnvLineKind.Unknown || (line.HasNoPath && !isPath) || candidates.Any(candidate => Reaches(candidate, process)))
        {
            return null;
        }

        if (line.Kind == EnvLineKind.OneWord || head.Argument == program && program.Contains(' '))
        {
            return new ProgramFault(
                $"its #! line gives env one word, {Wording.Quote(head.Argument)}, because the kernel does not split it",
                $"write #!{head.Interpreter} -S {head.Argument}");
        }

        if (isPath)
        {
            return new ProgramFault(
                $"its #! line asks env for {Wording.Quote(program)}, which is not there for a handler that runs in "
                + Wording.Quote(process.Directory),
                "name the interpreter by its whole path");
        }

        bool isOnlyWord = head.Argument == program;
        string remedy = isOnlyWord && FindNearestInPath(program, process) is { } near
            ? $"did you mean #!{head.Interpreter} {Path.GetFileName(near)}?"
            : $"install it, name it by its path, or add its directory to PATH in {(line.Path is null ? "env" : "that line")}";
        return new ProgramFault(
            $"its #! line asks env for {Wording.Quote(program)}, which "
            + $"{(line.Path is null ? "the handler's PATH" : "the PATH of that line")} does not have ({path})",
            remedy);
    }

    private bool Reaches(string path, ProcessDefinition process) =>
        paths.CheckExecutable(RootOf(process), path, process.Credentials).Problem == PathProblem.None;

    private ProgramFault? FindFaultInElf(ProgramHead head, string file, ProcessDefinition process, string who)
    {
        if (!head.IsForThisMachine)
        {
            return new ProgramFault(
                $"{Wording.Quote(file)} is a program for {head.MachineName}, which this machine is not",
                "build or install it for this machine");
        }

        if (head.IsObject)
        {
            return new ProgramFault($"{Wording.Quote(file)} is an object file, not a program", "link it");
        }

        if (head.IsCutShort)
        {
            return new ProgramFault($"{Wording.Quote(file)} is cut short: it ends before what its headers name", "copy or build it again");
        }

        if (head.Interpreter.Length == 0)
        {
            return null;
        }

        PathCheck check = paths.CheckExecutable(RootOf(process), head.Interpreter, process.Credentials);
        return check.Problem == PathProblem.None ? null : new ProgramFault(
            $"its loader {Wording.Quote(head.Interpreter)} cannot be run: {PathWords.Why(check, "a regular file", who, RootOf(process))}",
            "install the C library it was built with, or link it statically");
    }

    private static ProgramFault NoProgram(ProgramHead head, string file)
    {
        ReadOnlySpan<byte> bytes = head.Bytes.Span;
        string shown = Wording.Quote(file);
        if (bytes.StartsWith("\uFEFF#!"u8))
        {
            return new ProgramFault(
                $"{shown} has a byte order mark before its #! line",
                $"remove it with: sed -i '1s/^\\xEF\\xBB\\xBF//' {StrictWords.ShellWord(file)}");
        }

        if (bytes.TrimStart(" \t\r\n"u8).StartsWith("#!"u8))
        {
            return new ProgramFault($"{shown} has blanks before its #!, which must be the first two bytes", "remove them");
        }

        return bytes.Contains((byte)0)
            ? new ProgramFault($"{shown} is neither a program for this machine nor a script", "name a program")
            : new ProgramFault(
                $"{shown} is neither a program for this machine nor a script with a #! line",
                $"if it is a script, begin it with a line such as {LineFor(file)}");
    }

    /// <summary>The #! line of a script with this extension.</summary>
    private static string LineFor(string file) => Path.GetExtension(file) switch
    {
        ".py" => "#!/usr/bin/env python3",
        ".pl" => "#!/usr/bin/env perl",
        ".rb" => "#!/usr/bin/env ruby",
        ".js" or ".mjs" => "#!/usr/bin/env node",
        ".php" => "#!/usr/bin/env php",
        ".lua" => "#!/usr/bin/env lua",
        ".bash" => "#!/bin/bash",
        _ => "#!/bin/sh",
    };
}
