using System.Diagnostics;
using SuperD.Benchmarks.Scenarios;
using SuperD.Benchmarks.Subjects;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>One run of the benchmark: its options, its folder, its C programs, its subjects, and the figures so far.</summary>
/// <remarks>The kernel kills the servers when this process ends for any reason (start.c).</remarks>
internal sealed class Bench : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly DateTime _startedAt = DateTime.UtcNow;
    private volatile bool _isCancelled;
    private volatile RunningProgram? _waitedFor;

    public Bench(Options options)
    {
        if (Environment.UserName != "root")
        {
            throw new BenchException("run it as root: every handler runs as nobody, as it would in earnest");
        }

        Options = options;
        Folder = new WorkFolder();
        Tools = new Tools(Folder);
        Subjects = new SubjectList(options);
    }

    public Options Options { get; }

    public WorkFolder Folder { get; }

    public Tools Tools { get; }

    public SubjectList Subjects { get; }

    public Figures Figures { get; } = new();

    /// <summary>Runs the scenarios in turn and prints their tables; false when one failed.</summary>
    public bool Run(IReadOnlyList<Scenario> scenarios)
    {
        var failed = new List<string>();
        PrintConditions();

        foreach (Scenario scenario in scenarios)
        {
            Console.WriteLine($"\n{scenario.Name}: {scenario.Summary}");
            try
            {
                scenario.Run(this);
            }
            catch (BenchException problem)
            {
                failed.Add(scenario.Name);
                Console.WriteLine($"  FAILED: {problem.Message}");
            }

            ClearProgress();
            if (_isCancelled)
            {
                break;
            }
        }

        int left = Processes.EndAllUnder(Folder.Path);
        if (left > 0)
        {
            failed.Add($"{left} processes were left behind");
        }

        if (Options.JsonFile is { } file)
        {
            Figures.WriteJson(file, _startedAt, Options);
        }

        Console.WriteLine(failed.Count == 0 ? "\nall scenarios done" : $"\nfailed: {string.Join(", ", failed)}");
        return failed.Count == 0;
    }

    /// <summary>Reports progress on stderr.</summary>
    public void Progress(string text)
    {
        ThrowIfCancelled();
        Console.Error.Write(Console.IsErrorRedirected ? $"  {text}\n" : $"\r\e[K  {text}");
    }

    /// <summary>Ends the run; callable from any thread.</summary>
    public void Cancel()
    {
        _isCancelled = true;
        _waitedFor?.Signal(Processes.SIGKILL);
    }

    public void ThrowIfCancelled()
    {
        if (_isCancelled)
        {
            throw new BenchException("interrupted");
        }
    }

    /// <summary>
    /// Waits a second before a measurement, for work that servers and kernel still do after a start or a burst; skipped in a smoke run.
    /// </summary>
    public void Settle() => Thread.Sleep(Options.IsSmoke ? TimeSpan.Zero : TimeSpan.FromSeconds(1));

    /// <summary>Waits until a condition holds; false when the time runs out first.</summary>
    /// <param name="interval">How long between two looks; null = a millisecond.</param>
    public bool WaitUntil(TimeSpan patience, Func<bool> condition, TimeSpan? interval = null)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            ThrowIfCancelled();
            if (clock.Elapsed > patience)
            {
                return false;
            }

            Thread.Sleep(interval ?? TimeSpan.FromMilliseconds(1));
        }

        return true;
    }

    /// <summary>Waits a minute, and looks fifty times a second; a <see cref="BenchException"/> says what did not come.</summary>
    public void Require(Func<bool> condition, string what)
    {
        if (!WaitUntil(s_patience, condition, TimeSpan.FromMilliseconds(20)))
        {
            throw new BenchException($"waited {s_patience.TotalSeconds} s in vain: {what}");
        }
    }

    /// <summary>Runs one of the C programs to its end and returns the key=value pairs that it prints.</summary>
    public Answer RunTool(string path, params object[] arguments) => RunTools(1, path, arguments)[0];

    /// <summary>Runs several instances of a program at once.</summary>
    public Answer[] RunTools(int count, string path, params object[] arguments)
    {
        RunningProgram[] programs = [.. Enumerable.Range(0, count).Select(_ => Tools.Start(path, arguments))];
        return [.. programs.Select(WaitFor)];

        Answer WaitFor(RunningProgram program)
        {
            using RunningProgram ended = program;
            _waitedFor = program;
            ProgramResult result = program.WaitForResult(Timeout.InfiniteTimeSpan); // the options bound how long it runs
            _waitedFor = null;
            ThrowIfCancelled();
            return result.ExitCode == 0
                ? new Answer(result.StandardOutput)
                : throw new BenchException($"{program.CommandLine} ended with {result.ExitCode}:\n{result.StandardError}");
        }
    }

    public void Dispose()
    {
        _ = Processes.EndAllUnder(Folder.Path);
        Folder.Dispose();
    }

    private void PrintConditions()
    {
        Console.WriteLine($"superd beside its peers, {_startedAt:yyyy-MM-dd}");
        Console.WriteLine(
            $"  {Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20:N0} MB, Linux "
                + $"{Environment.OSVersion.Version}");
        Console.WriteLine(
            Options.IsSmoke ? "  a smoke run: these are no measurements" : $"  medians of {Options.Rounds} rounds of {Options.Seconds} s");
        Console.WriteLine("  the same static C handler for all, as nobody, over loopback");
        foreach (Subject missing in Subjects.Missing)
        {
            Console.WriteLine($"  without {missing.Name}, which is not here:\n    {missing.Remedy}");
        }
    }

    private static void ClearProgress()
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write("\r\e[K");
        }
    }
}
