using System.Diagnostics;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Many bad files at a time for a command of superd that reads them and ends.</summary>
internal abstract class BatchFuzzer(string name, AttackTarget target, TimeSpan pause) : Fuzzer(name, target, pause)
{
    private string? _folder;

    /// <summary>A folder for the files of this batch; what was in it is gone.</summary>
    protected string EmptyFolder()
    {
        _folder ??= Path.Combine(Target.Folder, Name);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        return Directory.CreateDirectory(_folder).FullName;
    }

    /// <summary>Runs superd; it must end by itself, with one of these codes, and with no trace of a stack.</summary>
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

    /// <summary>The files of a batch that showed a fault are kept where they outlive this run's namespaces.</summary>
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
