namespace SuperD.Cli;

/// <summary>The exit codes of superd: those of sysexits.h that it uses.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The answer is no: the client would be refused (<c>why</c>), the handler did not do as it should (<c>try</c>), superd stays what it is (<c>upgrade</c>).</summary>
    public const int No = 1;

    /// <summary>EX_USAGE: the command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>EX_UNAVAILABLE: what was asked for is not there (nobody listens, no superd runs).</summary>
    public const int Unavailable = 69;

    /// <summary>EX_SOFTWARE: a mistake in superd itself.</summary>
    public const int Software = 70;

    /// <summary>EX_OSERR: the system refused something superd cannot do without.</summary>
    public const int OsError = 71;

    /// <summary>EX_IOERR: reading or writing failed on the way.</summary>
    public const int IoError = 74;

    /// <summary>EX_NOPERM: this user may not use the console.</summary>
    public const int NoPermission = 77;

    /// <summary>EX_CONFIG: the configuration is wrong.</summary>
    public const int Config = 78;
}
