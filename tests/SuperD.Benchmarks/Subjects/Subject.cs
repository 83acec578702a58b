namespace SuperD.Benchmarks.Subjects;

/// <summary>A server under measurement: one of superd's builds, or a peer.</summary>
/// <param name="name">Its name in tables.</param>
/// <param name="program">Its executable; null when it is not installed.</param>
/// <param name="remedy">How to install it.</param>
internal abstract class Subject(string name, string? program, string remedy)
{
    /// <summary>The listen(2) backlog, for servers that have an option for it.</summary>
    protected const int Backlog = 128;

    public string Name => name;

    public bool IsInstalled => program is not null;

    public string Remedy => remedy;

    /// <summary>True for superd itself: a lost connection then fails the scenario.</summary>
    public virtual bool IsSuperd => false;

    protected string Program => program ?? throw new BenchException($"{name} is not installed: {remedy}");

    /// <summary>Whether it can put each connection in namespaces of its own.</summary>
    public virtual bool MakesJails => false;

    /// <summary>Whether it supports everything in the order.</summary>
    public abstract bool Can(ServerOrder order);

    /// <summary>
    /// Writes its configuration to a folder of its own and returns the command that
    /// starts it in the foreground, with handlers that run as nobody.
    /// </summary>
    public abstract ServerCommand Prepare(ServerOrder order, string folder, string handler);

    protected static string Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}

/// <summary>The command that starts a server.</summary>
/// <param name="Line">Executable and arguments.</param>
/// <param name="AsNobody">The server itself runs as nobody, because it cannot change the user for the handler alone.</param>
internal readonly record struct ServerCommand(string[] Line, bool AsNobody = false);
