using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Subjects;

/// <summary>superd with its default settings: only the services and their handlers' user are configured.</summary>
internal sealed class SuperdSubject(string name, string? program, string remedy) : Subject(name, program, remedy)
{
    public override bool IsSuperd => true;

    public override bool MakesJails => Knows("jail");

    public override bool Can(ServerOrder order) => order.Close is null || Knows("close");

    public override ServerCommand Prepare(ServerOrder order, string folder, string handler)
    {
        string does = order.RedirectTo is { } port ? $"redirect = \"127.0.0.1:{port}\""
            : order.Jails ? $"exec = [\"{string.Join("\", \"", ServerOrder.JailedHandler)}\"]\nsandbox = \"jail\""
            : $"exec = \"{handler}\"";
        string admits = order.Denies ? "no_access = [\"127.0.0.0/8\"]\n" : string.Empty;
        string limits = order.LimitsSources ? "per_source = 10\nper_source_rate = \"20/s\"\n" : string.Empty;
        string closes = order.Close is { } close ? $"close = \"{close}\"\n" : string.Empty;
        foreach (int listen in order.Ports)
        {
            WriteService(folder, $"s{listen}", $"listen = \"127.0.0.1:{listen}\"\n{does}\n{admits}{limits}{closes}");
        }

        return Prepare(folder);
    }

    /// <summary>The command for service files that already exist in the folder's <c>services.d</c>.</summary>
    /// <param name="keys">Further lines of superd.toml.</param>
    public ServerCommand Prepare(string folder, string keys = "")
    {
        string configuration = Write(folder, "superd.toml", $"services = \"services.d\"\n{keys}[defaults]\nuser = \"nobody\"\n");
        return new ServerCommand([Program, "run", "-c", configuration]);
    }

    public void WriteService(string folder, string name, string toml) =>
        Write(Directory.CreateDirectory(Path.Combine(folder, "services.d")).FullName, $"{name}.toml", toml);

    /// <summary>Runs one of superd's commands to its end. Throws TimeoutException after two minutes.</summary>
    public ProgramResult Run(params string[] arguments) => RunningProgram.RunToEnd(Program, arguments);

    /// <summary>Whether this superd has a configuration key.</summary>
    public bool Knows(string key) => Says(key, "help", "keys");

    /// <summary>Whether this superd has a command.</summary>
    public bool HasCommand(string command) => Says(command, "--help");

    /// <summary>Whether a line of a help text begins with this word.</summary>
    private bool Says(string word, params string[] arguments) =>
        Run(arguments).StandardOutput.Split('\n').Any(line => line.TrimStart().Split(' ', '*')[0] == word);
}
