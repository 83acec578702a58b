namespace SuperD.Importing.Systemd;

/// <summary>Which of a program's standard streams are the client's socket; with Accept=no none is.</summary>
/// <param name="Input">Whether descriptor 0 is.</param>
/// <param name="Output">Whether descriptor 1 is.</param>
/// <param name="Error">Whether descriptor 2 is, by itself or because it follows descriptor 1.</param>
/// <param name="IsOutputNull">Whether descriptor 1 is /dev/null.</param>
internal sealed record SystemdStreams(bool Input, bool Output, bool Error, bool IsOutputNull)
{
    /// <summary>
    /// The command of a shell that has the socket as descriptors 0 and 1, and superd's log as 2 unless stderr = "socket", and starts a
    /// program that may write to the client and not read from it. If any stream is the socket, systemd sets no LISTEN_FDS.
    /// </summary>
    public string Command => "exec \"$0\" \"$@\" 0</dev/null"
        + (Output ? "" : IsOutputNull ? " 2>&1 1>/dev/null" : " 3>&1 1>&2 2>&3 3>&-");
}
