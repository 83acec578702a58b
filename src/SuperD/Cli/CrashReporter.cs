using System.Text;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.Cli;

/// <summary>
/// THE LAST NET: an exception that nothing catches, on any thread, ends superd with one line that says where, and exit code 70.
/// </summary>
/// <remarks>
/// The runtime itself would write several lines past the log and abort, with a core dump. superd instead exits as if killed: handlers
/// continue, and the next superd cleans up. The runtime calls this before the stack unwinds, on the thread that failed, so that thread may
/// hold locks.
/// Two failures are out of reach and end in the runtime's own way (a message on standard error, SIGABRT): a stack overflow, and a runtime
/// that finds no memory for itself. A failed allocation by superd does get here.
/// </remarks>
internal static class CrashReporter
{
    private static LogOutput? s_output;
    private static int s_isReporting;

    /// <summary>The log that receives the line. Without it, or if it is stuck, the line goes to standard error.</summary>
    public static LogOutput Output
    {
        set => Volatile.Write(ref s_output, value);
    }

    /// <summary>Starts to catch unhandled exceptions.</summary>
    public static void Install() => AppDomain.CurrentDomain.UnhandledException += (_, failure) => End((Exception)failure.ExceptionObject);

    private static void End(Exception failure)
    {
        if (Interlocked.Exchange(ref s_isReporting, 1) != 0)
        {
            Thread.Sleep(Timeout.Infinite); // another thread failed first and will end the process
        }

        try
        {
            if (ThreadShortage.IsCause(failure) && Volatile.Read(ref s_output) is null)
            {
                ProcessEnd.TrySay(Encoding.UTF8.GetBytes($"superd: {ThreadShortage.Text}\n"));
                ProcessEnd.Exit(ExitCode.OsError);
            }

            var crash = new Crash(BesideLoop.CurrentWork ?? Thread.CurrentThread.Name ?? "main", failure);
            if (Volatile.Read(ref s_output)?.WriteLast(log => log.Crash(ExitCode.Software, crash.Where, crash.Error, crash.Stack)) != true)
            {
                ProcessEnd.TrySay(Encoding.UTF8.GetBytes(
                    $"superd: stop exit={ExitCode.Software} thread=\"{crash.Where}\" error=\"{crash.Error}\" at=\"{crash.Stack}\"\n"));
            }
        }
        catch (Exception)
        {
            ProcessEnd.TrySay("superd: stop exit=70: an error that could not be described; is there no memory left?\n"u8);
        }

        ProcessEnd.Exit(ExitCode.Software);
    }
}
