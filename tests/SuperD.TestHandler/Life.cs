using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SuperD.TestHandler;

/// <summary>The verbs about how long a process lives, and what ends it.</summary>
internal static class Life
{
    /// <summary><c>exit N</c>: ends at once with exit status N.</summary>
    public static int Exit(string[] arguments) => int.Parse(arguments[0], CultureInfo.InvariantCulture);

    /// <summary><c>sleep SECONDS</c>: ends after that time, which may be a fraction.</summary>
    public static int Sleep(string[] arguments)
    {
        Thread.Sleep(TimeSpan.FromSeconds(double.Parse(arguments[0], CultureInfo.InvariantCulture)));
        return 0;
    }

    /// <summary><c>ignore-term SECONDS</c>: prints <c>ready</c> once SIGTERM cannot end it any more, then sleeps.</summary>
    public static int IgnoreTerm(string[] arguments)
    {
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        Console.WriteLine("ready");
        return Sleep(arguments);
    }

    /// <summary>
    /// <c>daemonize SECONDS</c>: leaves a process behind in a session of its own that holds only stderr open; prints its pid.
    /// </summary>
    public static int Daemonize(string[] arguments)
    {
        // A child in the background is no group leader, so setsid(1) does not fork and $! is the pid that stays.
        const string script = """setsid sleep "$1" </dev/null >/dev/null & echo $!""";
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", arguments[0]]);
        shell.WaitForExit();
        return shell.ExitCode;
    }

    /// <summary><c>crash</c>: is ended by SIGABRT, after the runtime's report on stderr.</summary>
    public static int Crash(string[] arguments)
    {
        Environment.FailFast("crash as asked");
        return 0;
    }
}
