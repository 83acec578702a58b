using System.CommandLine;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary><c>superd init [DIR]</c>: writes superd.toml and services.d with one explained service; never over what exists.</summary>
internal static class InitCommand
{
    private const string SuperdToml = "superd.toml", Services = "services.d", Hello = "hello.toml";

    /// <summary>The place of the line about the user.</summary>
    private const string UserLine = "USER";

    private const string ServerText = """
        # The configuration of superd itself. Each *.toml in services.d is one service, named after its file.
        # Relative paths are relative to the file they stand in. 'superd help keys' lists every key.

        shutdown_grace = "10s"   # at the end of superd: how long handlers may finish

        [log]
        level = "info"           # "debug" shows more

        # What holds for every service that does not say otherwise.
        [defaults]
        USER
        instances = 40           # most handlers of one service at once; without this line: unlimited

        """;

    private const string UserOfRoot = "user = \"nobody\"          # who handlers run as; without this line: root, as superd itself";
    private const string NoUser = "# user = \"nobody\"        # who handlers run as, when superd runs as root";

    private const string HelloText = """
        # A service. superd runs this program for each client, with the client's socket as its standard input and output.
        description = "asks for a name and greets"
        listen      = "127.0.0.1:9000"   # 9000 alone: every address of this machine
        exec        = ["/bin/sh", "-c", 'echo "Your name?"; read -r name; echo "Hello $name, you come from $REMOTE_ADDR."']

        # exec      = "../greet"         # a program of your own, in any language; the path starts at this file
        # only_from = ["10.0.0.0/8"]     # who may connect; without this line: everybody who can reach the address
        # run_timeout = "1m"             # how long the program may run; without this line: as long as it likes

        """;

    /// <summary>Builds the command.</summary>
    public static Command Build()
    {
        var directory = new Argument<string?>("DIR")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Where to write them (default: here)",
        };
        Command command = new("init", "Write a first superd.toml and a services.d with one service; overwrite nothing") { directory };
        command.SetAction(parsed => Run(parsed.GetValue(directory) ?? string.Empty));
        return command;
    }

    private static int Run(string directory)
    {
        string server = Path.Combine(directory, SuperdToml), services = Path.Combine(directory, Services);
        string hello = Path.Combine(services, Hello);
        if (Path.Exists(server) || new FileInfo(server).LinkTarget is not null)
        {
            Console.Error.WriteLine(
                $"superd: {Wording.Path(server)} is there already, and nothing was written; "
                + "'superd add NAME LISTEN PROGRAM' adds a service to it");
            return ExitCode.IoError;
        }

        if (directory.Length > 0 && File.Exists(directory))
        {
            Console.Error.WriteLine($"superd: {Wording.Path(directory)} is a file; name the directory to write into");
            return ExitCode.IoError;
        }

        bool hasServices = Directory.Exists(services) && Directory.EnumerateFileSystemEntries(services).Any();
        Directory.CreateDirectory(Path.GetFullPath(directory.Length == 0 ? "." : directory), NewFile.DirectoryMode);
        Directory.CreateDirectory(services, NewFile.DirectoryMode);
        NewFile.Write(server, ServerText.Replace(UserLine, Environment.IsPrivilegedProcess ? UserOfRoot : NoUser));
        Console.Out.WriteLine($"{Wording.Path(server)}: written");
        if (hasServices)
        {
            Console.Out.WriteLine($"{Wording.Path(services)}: is there already and stays as it is");
        }
        else
        {
            NewFile.Write(hello, HelloText);
            Console.Out.WriteLine($"{Wording.Path(hello)}: written");
        }

        LoadResult load = ConfigurationLoader.Load(server, HostContext.Current());
        using (DiagnosticWriter problems = DiagnosticWriter.ForStandardError())
        {
            problems.Write(load.Diagnostics);
        }

        string named = ConfigurationOption.Again(directory.Length == 0 ? null : server);
        string tried = hasServices ? "check" : "try hello";
        Console.Out.WriteLine($"next:\n  superd {tried}{named}\n  superd run{named}");
        if (!hasServices)
        {
            Console.Out.WriteLine("  superd connect 127.0.0.1:9000   # in another terminal");
        }

        return load.HasErrors ? ExitCode.Config : ExitCode.Ok;
    }
}
