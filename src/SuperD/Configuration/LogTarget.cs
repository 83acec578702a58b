namespace SuperD.Configuration;

/// <summary>Where log lines go.</summary>
/// <param name="File">The file's path, absolute; null for every other kind.</param>
internal sealed record LogTarget(LogTargetKind Kind, string? File = null)
{
    /// <summary>What holds when nothing is written.</summary>
    public static readonly LogTarget Default = new(LogTargetKind.Auto);
}

/// <summary>The kinds of log targets.</summary>
internal enum LogTargetKind
{
    /// <summary>The journal where standard error is connected to it, else standard error.</summary>
    Auto,

    /// <summary>Standard error, line by line.</summary>
    StandardError,

    /// <summary>systemd's journal by its own protocol, each fact a field.</summary>
    Journal,

    /// <summary>syslog by /dev/log.</summary>
    Syslog,

    /// <summary>A file.</summary>
    File,
}
