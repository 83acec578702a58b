namespace SuperD.Benchmarks.Subjects;

/// <summary>A server that is measured: superd in one of its builds, or a peer.</summary>
/// <param name="name">How tables call it.</param>
/// <param name="program">Its executable; null when it is not installed.</param>
/// <param name="remedy">What provides it.</param>
internal abstract class Subject(string name, string? program, string remedy)
{
    /// <summary>Connections in the kernel's queue, for those that ask for a number.</summary>
    protected const int Backlog = 128;

    public string Name => name;

    public bool IsInstalled => program is not null;

    public string Remedy => remedy;

    /// <summary>True of superd itself: then a connection that is lost fails the scenario.</summary>
    public virtual bool IsSuperd => false;

    protected string Program => program ?? throw new BenchException($"{name} is not installed: {remedy}");

    /// <summary>Whether it has what an order asks for.</summary>
    public abstract bool Can(ServerOrder order);

    /// <summary>
    /// Writes what configuration it needs to a folder of its own and says how to start it in the foreground, its handlers as nobody.
    /// </summary>
    public abstract ServerCommand Prepare(ServerOrder order, string folder, string handler);

    protected static string Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}

/// <summary>How to start a server.</summary>
/// <param name="Line">Executable and arguments.</param>
/// <param name="AsNobody">The server itself runs as nobody: it cannot change the user for the handler alone.</param>
internal readonly record struct ServerCommand(string[] Line, bool AsNobody = false);
