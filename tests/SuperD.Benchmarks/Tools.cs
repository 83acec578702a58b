using System.Globalization;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>The C programs of the benchmark, compiled when it starts; each describes itself in its first lines.</summary>
internal sealed class Tools
{
    private readonly string _folder;

    public Tools(WorkFolder folder)
    {
        _folder = folder.Create("tools");
        foreach (string source in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "C"), "*.c"))
        {
            Compile(source, Path.Combine(_folder, Path.GetFileNameWithoutExtension(source)));
        }
    }

    /// <summary>The handler.</summary>
    public string Answer => Path.Combine(_folder, "answer");

    /// <summary>The load generator.</summary>
    public string Load => Path.Combine(_folder, "load");

    /// <summary>Execs a server.</summary>
    public string StartServer => Path.Combine(_folder, "start");

    /// <summary>The bare loop of launches.</summary>
    public string Spawn => Path.Combine(_folder, "spawn");

    /// <summary>The backend of a redirect.</summary>
    public string Backend => Path.Combine(_folder, "backend");

    /// <summary>A flooding source and a well-behaved one.</summary>
    public string Flood => Path.Combine(_folder, "flood");

    /// <summary>The ill-mannered handler of the soak test.</summary>
    public string Rude => Path.Combine(_folder, "rude");

    /// <summary>The handler that attacks superd.</summary>
    public string Hostile => Path.Combine(_folder, "hostile");

    /// <summary>The handler of the cluster's machines.</summary>
    public string Parcel => Path.Combine(_folder, "parcel");

    /// <summary>A minimal super-server, the control that superd's answers are compared with.</summary>
    public string Control => Path.Combine(_folder, "control");

    public static RunningProgram Start(string path, params object[] arguments) =>
        new(path, arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!)); // no argument is null

    private static void Compile(string source, string program)
    {
        const int notFound = 127;
        ProgramResult compiler = RunningProgram.RunToEnd(
            "cc", ["-O2", "-static", "-pthread", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
        if (compiler.ExitCode != 0)
        {
            throw new BenchException(
                compiler.ExitCode == notFound
                    ? "no C compiler: apt-get install gcc libc6-dev"
                    : $"cc {source} failed:\n{compiler.StandardError}");
        }
    }
}
