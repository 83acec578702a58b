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

    /// <summary>Why the program would not run; null if nothing is known against it.</summary>
    /// <param name="executable">Absolute, inside the chroot if there is one.</param>
    /// <param name="process">The process that would execute it.</param>
    /// <param name="who">Its user in messages: <c>superd</c>, <c>user 'nobody'</c>.</param>
    public ProgramFault? FindFault(string executable, ProcessDefinition process, string who)
    {
        PathCheck check = paths.CheckExecutable(RootOf(process), executable, process.Credentials);
        return check.Problem == PathProblem.None
            ? FindFaultInFile(check.Component, process, who, MostInterpreters)
            : new ProgramFault(PathWords.Why(check, "a regular file", who, RootOf(process)), PathWords.Remedy(check, "a file"));
    }

    /// <summary>The program of this name in the PATH of a handler; null when its PATH does not have it.</summary>
    public string? FindInPath(string name, ProcessDefinition process) =>
        Directories(process).Select(directory => $"{directory.TrimEnd('/')}/{name}").FirstOrDefault(path => CanRun(path, process));

    /// <summary>The program whose name is nearest to this one, in the PATH of a handler.</summary>
    public string? FindNearestInPath(string name, ProcessDefinition process) => Directories(process)
        .Select(directory => files.Find(RootOf(process), $"{directory.TrimEnd('/')}/{name}", path => CanRun(path, process)))
        .FirstOrDefault(path => path is not null);

    /// <summary>The program for a mistyped path, in the same directory.</summary>
    public string? FindNearest(string path, ProcessDefinition process) =>
        files.Find(RootOf(process), path, other => CanRun(other, process));

    /// <summary>Whether nothing is known against a program.</summary>
    public bool CanRun(string path, ProcessDefinition process) => FindFault(path, process, "") is null;

    private static string RootOf(ProcessDefinition process) => process.Chroot is null or "/" ? "" : process.Chroot;

    private static string PathOf(ProcessDefinition process) =>
        process.Environment.LastOrDefault(variable => variable.Name == "PATH").Value ?? "";

    /// <summary>The directories of the handler's PATH; an empty or relative one starts at its working directory.</summary>
    private static IEnumerable<string> Directories(ProcessDefinition process) =>
        PathOf(process).Split(':').Select(directory => Path.Combine(process.Directory, directory));

    private ProgramFault? FindFaultInFile(string resolved, ProcessDefinition process, string who, int interpreters)
    {
        string file = RootOf(process) + resolved;
        if (!_heads.TryGetValue(file, out ProgramHead? head))
        {
            head = ProgramHead.Read(file);
            _heads.Add(file, head);
        }

        ProgramFault? fault = head.Kind switch
        {
            ProgramKind.Script => FindFaultInScript(head, file, process, who, interpreters),
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

        string interpreter = Path.Combine(process.Directory, head.Interpreter);
        PathCheck check = paths.CheckExecutable(RootOf(process), interpreter, process.Credentials);
        if (check.Problem != PathProblem.None)
        {
            string remedy = check.Problem != PathProblem.Missing ? PathWords.Remedy(check, "an interpreter")
                : (FindNearest(interpreter, process) ?? FindInPath(name, process)) is { } near ? $"did you mean #!{near}?"
                : "install it, or name another";
            return new ProgramFault(
                $"the interpreter of its #! line, {Wording.Quote(head.Interpreter)}, cannot be run: "
                + PathWords.Why(check, "a regular file", who, RootOf(process)),
                remedy);
        }

        return (name == "env" ? FindFaultOfEnv(head, process) : null)
            ?? (interpreters == 0 ? null : FindFaultInFile(check.Component, process, who, interpreters - 1));
    }

    /// <summary>env(1) looks for the program in the PATH it gets; the kernel hands it the rest of the line as one word.</summary>
    private ProgramFault? FindFaultOfEnv(ProgramHead head, ProcessDefinition process)
    {
        const string Split = "-S";
        string command = head.Argument;
        if (command.StartsWith(Split, StringComparison.Ordinal))
        {
            command = command[Split.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        }

        // Options and variables may change what env looks for, and where.
        if (command.Length == 0 || command.StartsWith('-') || command.Contains('=') || command.Contains('/')
            || FindInPath(command, process) is not null)
        {
            return null;
        }

        if (command.Contains(' '))
        {
            return new ProgramFault(
                $"its #! line gives env one word, {Wording.Quote(command)}, because the kernel does not split it",
                $"write #!{head.Interpreter} -S {command}");
        }

        string remedy = FindNearestInPath(command, process) is { } near ? $"did you mean #!{head.Interpreter} {Path.GetFileName(near)}?"
            : "install it, name it by its path, or add its directory to PATH in env";
        return new ProgramFault(
            $"its #! line asks env for {Wording.Quote(command)}, which the handler's PATH does not have ({PathOf(process)})",
            remedy);
    }

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

        string line = Path.GetExtension(file) switch
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
        return bytes.Contains((byte)0)
            ? new ProgramFault($"{shown} is neither a program for this machine nor a script", "name a program")
            : new ProgramFault(
                $"{shown} is neither a program for this machine nor a script with a #! line",
                $"if it is a script, begin it with a line such as {line}");
    }
}
