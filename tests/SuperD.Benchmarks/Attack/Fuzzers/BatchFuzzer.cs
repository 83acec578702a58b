using System.Diagnostics;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Feeds many bad files at a time to a superd command that reads them and exits.</summary>
internal abstract class BatchFuzzer(string name, AttackTarget target, TimeSpan pause) : Fuzzer(name, target, pause)
{
    private string? _folder;

    /// <summary>An empty folder for the files of this batch; deletes what an earlier batch left in it.</summary>
    protected string EmptyFolder()
    {
        _folder ??= Path.Combine(Target.Folder, Name);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        return Directory.CreateDirectory(_folder).FullName;
    }

    /// <summary>Runs superd, which must exit by itself with one of these codes and print no stack trace.</summary>
    protected void Check(int[] codes, params string[] arguments)
    {
        try
        {
            ProgramResult result = Target.Subject.Run(arguments);
            if (!codes.Contains(result.ExitCode) || IsStack(result.StandardOutput) || IsStack(result.StandardError))
            {
                string[] lines = result.StandardError.Split('\n');
                IEnumerable<string> stack = lines.SkipWhile(line => !IsStack(line)).DefaultIfEmpty(lines[0]).Take(6);
                Fail($"ended with {result.ExitCode}: {string.Join(" | ", stack)}", arguments);
            }
        }
        catch (TimeoutException)
        {
            Fail("did not end in two minutes", arguments);
        }
    }

    /// <summary>Keeps the files of a batch that showed a fault in a place that outlives this run's namespaces.</summary>
    private void Fail(string what, string[] arguments)
    {
        string copy = $"/tmp/superd-attack-{Name}-{Stopwatch.GetTimestamp():x}";
        RunningProgram.RunToEnd("cp", ["-r", _folder!, copy]);
        Report($"superd {string.Join(' ', arguments)} {what}; its files are in {copy}");
    }

    private static bool IsStack(string text) => text.Contains("Unhandled exception", StringComparison.OrdinalIgnoreCase)
        || text.Contains("Process terminated", StringComparison.Ordinal)
        || text.Contains("\n   at ", StringComparison.Ordinal)
        || text.StartsWith("   at ", StringComparison.Ordinal);
}
