using System.Text;
using CliWrap;
using SuperD.Linux;

namespace SuperD.Tests.Support;

/// <summary>
/// A program that runs beside a test, with stdin open and stdout and stderr kept as text. <see cref="Dispose"/> kills it.
/// </summary>
/// <remarks>
/// The only user of CliWrap. A CliWrap command ends only when its pipes are closed
/// too: it waits for a process left behind that holds one open.
/// </remarks>
internal sealed class RunningProgram : IDisposable
{
    /// <summary>A bound against hanging, far longer than any program of a test takes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _kill = new();
    private readonly TaskCompletionSource _inputEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<CommandResult> _end;
    private Stream? _input;

    /// <param name="directory">Its working directory; null = that of the tests.</param>
    /// <param name="environment">Variables added to those of the tests; null as a value removes one.</param>
    /// <param name="deathSignal">The signal it gets when the tests are killed: KILL, unless it has child processes to end.</param>
    public RunningProgram(
        string path,
        IEnumerable<string> arguments,
        string? directory = null,
        IEnumerable<KeyValuePair<string, string?>>? environment = null,
        string deathSignal = "KILL")
    {
        CommandLine = $"{path} {string.Join(' ', arguments)}";
        Command command = new Command("setpriv")
            .WithArguments(["--pdeathsig", deathSignal, path, .. arguments])
            .WithWorkingDirectory(directory ?? Directory.GetCurrentDirectory())
            .WithEnvironmentVariables(new Dictionary<string, string?>(environment ?? []))
            .WithValidation(CommandResultValidation.None)
            .WithStandardInputPipe(PipeSource.Create(KeepInputOpen))
            .WithStandardOutputPipe(PipeTarget.Create(Output.CopyFromAsync))
            .WithStandardErrorPipe(PipeTarget.Create(Errors.CopyFromAsync));
        CommandTask<CommandResult> task = ProgramThread.Start(() => command.ExecuteAsync(_kill.Token));
        Pid = task.ProcessId;
        _end = task.Task;
    }

    /// <summary>The command line as a shell shows it, without quotes.</summary>
    public string CommandLine { get; }

    public int Pid { get; }

    /// <summary>Its stdout.</summary>
    public ProgramOutput Output { get; } = new();

    /// <summary>Its stderr.</summary>
    public ProgramOutput Errors { get; } = new();

    /// <summary>Whether it has exited and its pipes are closed.</summary>
    public bool HasEnded => _end.IsCompleted;

    /// <summary>Runs a program to its end. Throws TimeoutException with the output so far if it takes too long.</summary>
    public static ProgramResult RunToEnd(
        string path,
        IEnumerable<string> arguments,
        string? directory = null,
        IEnumerable<KeyValuePair<string, string?>>? environment = null)
    {
        using var program = new RunningProgram(path, arguments, directory, environment);
        return program.WaitForResult();
    }

    /// <summary>Writes to its stdin; throws IOException when it has stopped reading.</summary>
    public void Send(string text)
    {
        _input!.Write(Encoding.UTF8.GetBytes(text)); // CliWrap sets it before the constructor returns
        _input.Flush();
    }

    /// <summary>Closes its stdin.</summary>
    public void EndInput() => _inputEnd.TrySetResult();

    /// <summary>Sends it a signal; false when it has exited.</summary>
    public bool Signal(int signal) => !HasEnded && !ChildProcess.Signal(Pid, signal).IsError;

    /// <summary>Waits until it has exited and its pipes are closed; returns whether that happened in time.</summary>
    public bool TryWaitForEnd(TimeSpan limit) => _end.Wait(limit);

    /// <summary>Waits for its exit; returns its exit code, 128 plus the number for a signal.</summary>
    /// <param name="limit">How long it may take; null = two minutes.</param>
    /// <exception cref="TimeoutException">It did not exit; the message has its output so far.</exception>
    public int WaitForEnd(TimeSpan? limit = null)
    {
        TimeSpan patience = limit ?? s_patience;
        return TryWaitForEnd(patience)
            ? _end.Result.ExitCode
            : throw new TimeoutException(
                $"'{CommandLine}' did not end in {patience.TotalSeconds} s; its stdout so far:\n{Output.Text}\nits stderr:\n{Errors.Text}");
    }

    /// <summary>The same, with its complete output.</summary>
    public ProgramResult WaitForResult(TimeSpan? limit = null) => new(WaitForEnd(limit), Output.Text, Errors.Text);

    /// <summary>Kills it and waits for its end; false when it had already exited.</summary>
    public bool Kill()
    {
        const int sigkill = SuperD.Linux.Signal.SIGKILL, killed = 128 + sigkill;
        Signal(sigkill);
        return WaitForEnd() == killed;
    }

    /// <summary>Kills it and its descendants, and stops reading; a second call does nothing.</summary>
    public void Dispose()
    {
        if (!HasEnded)
        {
            _kill.Cancel();
            Task.WhenAny(_end).Wait(s_patience);
        }

        _kill.Dispose();
    }

    private async Task KeepInputOpen(Stream input, CancellationToken cancellation)
    {
        _input = input;
        await _inputEnd.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }
}
