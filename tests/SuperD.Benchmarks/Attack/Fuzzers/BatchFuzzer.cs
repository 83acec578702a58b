using System.Diagnostics;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Many bad files at a time for a command of superd that reads them and ends.</summary>
internal abstract class BatchFuzzer(string name, AttackTarget target, TimeSpan pause) : Fuzzer(name, target, pause)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

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
        using Process process = Target.Subject.Run(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill();
            Fail($"did not end in {s_patience.TotalSeconds} s", arguments);
        }
        else if (!codes.Contains(process.ExitCode) || IsStack(output.Result) || IsStack(errors.Result))
        {
            string[] lines = errors.Result.Split('\n');
            Fail($"ended with {process.ExitCode}: {string.Join(" | ", lines.SkipWhile(line => !IsStack(line)).DefaultIfEmpty(lines[0]).Take(6))}", arguments);
        }
    }

    /// <summary>The files of a batch that showed a fault are kept where they outlive this run's namespaces.</summary>
    private void Fail(string what, string[] arguments)
    {
        string copy = $"/tmp/superd-attack-{Name}-{Stopwatch.GetTimestamp():x}";
        using (Process copying = Process.Start("cp", ["-r", _folder!, copy]))
        {
            copying.WaitForExit();
        }

        Report($"superd {string.Join(' ', arguments)} {what}; its files are in {copy}");
    }

    private static bool IsStack(string text) => text.Contains("Unhandled exception", StringComparison.OrdinalIgnoreCase)
        || text.Contains("Process terminated", StringComparison.Ordinal)
        || text.Contains("\n   at ", StringComparison.Ordinal)
        || text.StartsWith("   at ", StringComparison.Ordinal);
}
