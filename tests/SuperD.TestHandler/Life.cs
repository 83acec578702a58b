using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SuperD.TestHandler;

/// <summary>The verbs about a process's lifetime and its end.</summary>
internal static class Life
{
    /// <summary><c>exit N</c>: exits at once with status N.</summary>
    public static int Exit(string[] arguments) => int.Parse(arguments[0], CultureInfo.InvariantCulture);

    /// <summary><c>sleep SECONDS</c>: exits after that time, which may be a fraction.</summary>
    public static int Sleep(string[] arguments)
    {
        Thread.Sleep(TimeSpan.FromSeconds(double.Parse(arguments[0], CultureInfo.InvariantCulture)));
        return 0;
    }

    /// <summary><c>ignore-term SECONDS</c>: prints <c>ready</c> once it ignores SIGTERM, then sleeps.</summary>
    public static int IgnoreTerm(string[] arguments)
    {
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        Console.WriteLine("ready");
        return Sleep(arguments);
    }

    /// <summary><c>daemonize SECONDS</c>: leaves behind a process in its own session that holds only stderr open; prints its pid.</summary>
    public static int Daemonize(string[] arguments)
    {
        // A background child is no group leader, so setsid(1) does not fork and $! is the pid that remains.
        const string script = """setsid sleep "$1" </dev/null >/dev/null & echo $!""";
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", arguments[0]]);
        shell.WaitForExit();
        return shell.ExitCode;
    }

    /// <summary><c>crash</c>: dies of SIGABRT, after the runtime's report on stderr.</summary>
    public static int Crash(string[] arguments)
    {
        Environment.FailFast("crash as asked");
        return 0;
    }
}
