namespace SuperD.Cli.Completion;

/// <summary>What a word of a command line stands for, and so what a shell offers for it.</summary>
internal enum ValueKind
{
    /// <summary>Anything: the shell offers nothing.</summary>
    Text,

    /// <summary>One of a few words, which are in the script.</summary>
    Words,

    File,

    Directory,

    /// <summary>A program by its path or its name in PATH.</summary>
    Program,

    /// <summary>A service of the superd that runs.</summary>
    Service,

    /// <summary>A service file, for a command that asks no running superd.</summary>
    ServiceFile,

    /// <summary>The number of a live connection.</summary>
    Connection,
}
