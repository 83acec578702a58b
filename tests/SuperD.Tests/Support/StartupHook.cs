using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using SuperD.Cli;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

/// <summary>Code that .NET runs before Main when DOTNET_STARTUP_HOOKS names this assembly; here it makes superd crash.</summary>
/// <remarks>
/// superd has no way to crash on request, so the fault is injected: the hook waits for a file <c>fail</c> in the working directory and
/// throws on the thread that the file names. .NET prescribes the type's name and place.
/// </remarks>
[SuppressMessage("Design", "CA1050", Justification = "the runtime looks for it outside of all namespaces")]
internal static class StartupHook
{
    private const string File = "fail";

    public static void Initialize() => new Thread(WaitForFile) { IsBackground = true, Name = "failure" }.Start();

    private static void WaitForFile()
    {
        while (new FileInfo(File) is not { Exists: true, Length: > 0 }) // it is made, and then written
        {
            Thread.Sleep(10);
        }

        Fail(System.IO.File.ReadAllText(File));
    }

    private static void Fail(string where)
    {
        switch (where)
        {
            case "pool":
                ThreadPool.UnsafeQueueUserWorkItem(_ => Throw(), null);
                break;
            case "work":
                BesideLoop.Run("read a test", Throw);
                break;
            case "timer":
                _ = new Timer(_ => Throw(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                break;
            case "thread":
                Throw();
                break;
            case "two":
                var both = new Barrier(2);
                for (int i = 0; i < 2; i++)
                {
                    new Thread(() =>
                    {
                        both.SignalAndWait();
                        Throw();
                    })
                    { Name = "failure" }.Start();
                }

                break;
            case "loop" or "log":
                FailingTarget.Install(where);
                break;
        }
    }

    private static void Throw() => throw new InvalidOperationException("as a bug would,\nin two lines", new TimeoutException("the cause"));

    /// <summary>
    /// Throws once on the thread with this name, in the middle of superd's own work: the loop formats lines, the log's thread writes them.
    /// </summary>
    private sealed class FailingTarget(ILogTarget target, string thread) : ILogTarget
    {
        private bool _hasFailed;

        public string Name => target.Name;

        public bool IsStream => target.IsStream;

        public static void Install(string thread)
        {
            const BindingFlags all = BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
            object output = typeof(CrashReporter).GetField("s_output", all)!.GetValue(null)!; // set, because superd is ready
            object writer = typeof(LogOutput).GetField("_writer", all)!.GetValue(output)!;
            FieldInfo target = typeof(LogWriter).GetField("_target", all)!;
            target.SetValue(writer, new FailingTarget((ILogTarget)target.GetValue(writer)!, thread));
        }

        public void Format(in LogEvent entry, IBufferWriter<byte> record)
        {
            record.Write("half a record"u8);
            FailOn("loop");
            record.Write("\n"u8);
            target.Format(entry, record);
        }

        public string? TryWrite(ReadOnlySpan<byte> records, out int written)
        {
            FailOn("log");
            return target.TryWrite(records, out written);
        }

        public void Reopen() => target.Reopen();

        public void Dispose() => target.Dispose();

        private void FailOn(string name)
        {
            if (name == thread && name == Thread.CurrentThread.Name && !_hasFailed)
            {
                _hasFailed = true;
                Throw();
            }
        }
    }
}
