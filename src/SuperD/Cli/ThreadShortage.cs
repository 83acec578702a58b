using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>What the runtime says in its own way when the kernel makes no more thread or process (EAGAIN).</summary>
internal static class ThreadShortage
{
    /// <summary>For the user, instead of the exception.</summary>
    public static string Text { get; } =
        $"no thread or process can be made: {Errno.Describe(Errno.EAGAIN)}; its user has as many as it may (ulimit -u, rlimit.nproc), or "
        + "its cgroup (pids.max)";

    /// <summary>Whether an exception, or one in it, comes from that.</summary>
    public static bool IsCause(Exception? failure) => failure switch
    {
        null => false,
        OutOfMemoryException { StackTrace: { } trace } when trace.Contains("Threading.Thread.Start", StringComparison.Ordinal) => true,
        TypeInitializationException { InnerException: IOException { HResult: Errno.EAGAIN } } => true, // the thread of signals
        _ => IsCause(failure.InnerException),
    };
}
