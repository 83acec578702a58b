using System.CommandLine;
using System.Globalization;
using SuperD.Configuration;
using SuperD.Configuration.Rules;
using SuperD.Importing;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary><c>superd add NAME LISTEN PROGRAM [ARG...]</c>: writes a service file and checks it.</summary>
/// <remarks>A file that has an error, or causes one in another file, is removed again: otherwise the next reload would fail.</remarks>
internal static class AddCommand
{
    private const string Name = "add";

    /// <summary>NAME and LISTEN: the words before the program.</summary>
    private const int WordsBefore = 2;

    /// <summary>Builds the command.</summary>
    public static Command Build(Option<string?> file)
    {
        var name = new Argument<string>("NAME") { Description = "The service's name; its file becomes NAME.toml" };
        var listen = new Argument<string>("LISTEN") { Description = "Where it listens: 9004, 127.0.0.1:9004, udp://:69, unix:/run/x.sock" };
        var program = new Argument<string[]>("PROGRAM")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "The program, by its path or its name in PATH, and its arguments, whatever they look like",
        };
        Command command = new(Name, "Write a service file, and check it") { name, listen, program };
        command.Options.Add(file);
        command.SetAction(parsed => Run(
            parsed.GetValue(file), parsed.GetRequiredValue(name), parsed.GetRequiredValue(listen), parsed.GetRequiredValue(program)));
        return command;
    }

    /// <summary>
    /// Puts <c>--</c> before the program, so that its options (<c>superd add git 9418 git daemon --inetd</c>) are not taken for superd's.
    /// </summary>
    public static string[] Separate(string[] arguments)
    {
        int words = 0;
        bool isAdd = false;
        for (int i = 0; i < arguments.Length && arguments[i] != "--"; i++)
        {
            if (arguments[i] is "-c" or "--config")
            {
                i++; // its value
            }
            else if (arguments[i] is ['-', _, ..])
            {
                continue;
            }
            else if (!isAdd)
            {
                if (arguments[i] != Name)
                {
                    break;
                }

                isAdd = true;
            }
            else if (words++ == WordsBefore)
            {
                return [.. arguments[..i], "--", .. arguments[i..]];
            }
        }

        return arguments;
    }

    private static int Run(string? given, string name, string listen, string[] program)
    {
        if (ServicesDirectory.WhatIsWrongWithName(name) is { } wrong)
        {
            return Fail(wrong, ExitCode.Usage);
        }

        if (FindProgram(program[0]) is not { } path)
        {
            return Fail(
                $"there is no program {Wording.Quote(program[0])} here or in PATH; "
                + (program[0] is ['~' or '$', ..] ? "it is not expanded, so leave the quotes out" : "write its path, such as /usr/bin/cat"),
                ExitCode.Usage);
        }

        HostContext host = HostContext.Current();
        if (ConfigurationOption.Find(given) is not { } server)
        {
            return ExitCode.Config;
        }

        LoadResult before = ConfigurationLoader.Load(server, host);
        if (ConfigurationLoader.FindServices(server, host) is not { } services)
        {
            Report(before.Diagnostics.ToArray());
            return ExitCode.Config;
        }

        string file = Path.Combine(services, name + ServicesDirectory.Extension);
        if (FindSame(services, name) is { } same)
        {
            return Fail(
                $"{Wording.Path(file)} would be a second service of one name, since upper and lower case count the same: "
                + $"{Wording.Path(same)} is there already, and nothing was written; choose another name",
                ExitCode.IoError);
        }

        if (Path.Exists(file) || new FileInfo(file).LinkTarget is not null)
        {
            return Fail(
                $"{Wording.Path(file)} is there already, and nothing was written; choose another name, or edit it", ExitCode.IoError);
        }

        NewFile.Write(file, Text(listen, [path, .. program[1..].Select(ToWhole)]));

        // Of two services with one address, the new one has the error.
        Diagnostic[] own = [.. ConfigurationLoader.LoadFiles(server, [file], host).Diagnostics.Except(before.Diagnostics)];
        Diagnostic[] caused = own.Any(problem => problem.Severity == Severity.Error)
            ? own
            : [.. ConfigurationLoader.Load(server, host).Diagnostics.Except(before.Diagnostics)];
        Report(caused);
        if (caused.Any(problem => problem.Severity == Severity.Error))
        {
            File.Delete(file);
            return Fail($"{Wording.Path(file)} was not written", ExitCode.Config);
        }

        string named = ConfigurationOption.Again(given);
        Console.Out.WriteLine(
            $"{Wording.Path(file)}: written; next:\n  superd try {name}{named}\n  superd reload{named}   # when superd runs");
        return ExitCode.Ok;
    }

    /// <summary>The service file whose name differs in case only; null when there is none.</summary>
    private static string? FindSame(string services, string name)
    {
        _ = DirectoryNames.TryRead(services, out List<string> names);
        string file = name + ServicesDirectory.Extension;
        string? same = names.Find(other => other != file
            && ServicesDirectory.IsServiceFile(other)
            && other.Equals(file, StringComparison.OrdinalIgnoreCase));
        return same is null ? null : Path.Combine(services, same);
    }

    /// <summary>The whole path of an argument that is a file here: the handler runs in another directory.</summary>
    private static string ToWhole(string argument) =>
        argument is ['-' or '/', ..] || !File.Exists(argument) ? argument : Path.GetFullPath(argument);

    private static string Text(string listen, string[] exec)
    {
        bool isPort = ushort.TryParse(listen, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port);
        return $"listen = {(isPort ? TomlValue.Of(port) : TomlValue.Of(listen))}\nexec   = {TomlValue.Of(exec, oneAlone: true)}\n";
    }

    /// <summary>The absolute path of a program, which is looked up in the PATH of handlers, then in this command's.</summary>
    private static string? FindProgram(string program)
    {
        string path = program.Contains('/') ? string.Empty : $"{ExecRules.DefaultPath}:{Environment.GetEnvironmentVariable("PATH")}";
        IEnumerable<string> directories = path.Split(':').Where(directory => directory is ['/', ..]);
        string? found = directories.Select(directory => Path.Combine(directory, program)).Append(program).FirstOrDefault(File.Exists);
        return found is null ? null : Path.GetFullPath(found);
    }

    private static void Report(Diagnostic[] problems)
    {
        using DiagnosticWriter writer = DiagnosticWriter.ForStandardError();
        writer.Write([.. problems]);
    }

    private static int Fail(string problem, int exitCode)
    {
        Console.Error.WriteLine($"superd: {problem}");
        return exitCode;
    }
}
