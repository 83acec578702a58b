namespace SuperD.Configuration;

/// <summary>The target of log lines.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="File">The absolute path of the file; null for other kinds.</param>
internal sealed record LogTarget(LogTargetKind Kind, string? File = null)
{
    /// <summary>The target when none is written.</summary>
    public static readonly LogTarget Default = new(LogTargetKind.Auto);
}

/// <summary>The kinds of log targets.</summary>
internal enum LogTargetKind
{
    /// <summary>The journal if standard error is connected to it, otherwise standard error.</summary>
    Auto,

    /// <summary>Standard error, line by line.</summary>
    StandardError,

    /// <summary>systemd's journal by its native protocol, with a field for each fact.</summary>
    Journal,

    /// <summary>syslog through /dev/log.</summary>
    Syslog,

    /// <summary>A file.</summary>
    File,
}
