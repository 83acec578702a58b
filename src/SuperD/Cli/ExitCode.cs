namespace SuperD.Cli;

/// <summary>How superd's commands end: the numbers of sysexits.h.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Usage = 64;
    public const int Unavailable = 69;
    public const int Software = 70;
    public const int OsError = 71;
    public const int IoError = 74;
    public const int Config = 78;
}
