namespace SuperD.Cli;

/// <summary>superd's exit codes, taken from sysexits.h.</summary>
internal static class ExitCode
{
    /// <summary>Success.</summary>
    public const int Ok = 0;

    /// <summary>
    /// The answer is no: the client would be refused (<c>why</c>), the handler has a fault (<c>try</c>), superd stays what it is
    /// (<c>upgrade</c>), a service was put aside (<c>import</c>), new clients should go elsewhere (<c>status --ready</c>).
    /// </summary>
    public const int No = 1;

    /// <summary>EX_USAGE: the command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>EX_DATAERR: the file to import is no configuration of that kind.</summary>
    public const int DataError = 65;

    /// <summary>EX_UNAVAILABLE: nothing listens there, or no superd runs.</summary>
    public const int Unavailable = 69;

    /// <summary>EX_SOFTWARE: a bug in superd.</summary>
    public const int Software = 70;

    /// <summary>EX_OSERR: the system lacks something that superd needs.</summary>
    public const int OsError = 71;

    /// <summary>EX_IOERR: reading or writing failed.</summary>
    public const int IoError = 74;

    /// <summary>EX_TEMPFAIL: another superd runs with this configuration.</summary>
    public const int Temporary = 75;

    /// <summary>EX_NOPERM: this user may not use the console.</summary>
    public const int NoPermission = 77;

    /// <summary>EX_CONFIG: the configuration is wrong.</summary>
    public const int Config = 78;
}
