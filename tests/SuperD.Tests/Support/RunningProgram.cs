using System.Text;
using CliWrap;
using SuperD.Linux;

namespace SuperD.Tests.Support;

/// <summary>
/// A program that runs beside a test, its stdin open and its stdout and stderr kept as text. Killed by <see cref="Dispose"/>.
/// </summary>
/// <remarks>
/// The only place that uses CliWrap. Its command ends when the pipes have ended, too: a process left behind that holds one makes it wait.
/// </remarks>
internal sealed class RunningProgram : IDisposable
{
    /// <summary>Against hanging: far more than any program of a test takes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _kill = new();
    private readonly TaskCompletionSource _inputEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<CommandResult> _end;
    private Stream? _input;

    /// <param name="directory">Where it starts; null = where the tests run.</param>
    /// <param name="environment">Variables added to those of the tests; null as a value removes one.</param>
    /// <param name="deathSignal">What it gets when the tests are killed: KILL, unless it has processes of its own to end.</param>
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

    /// <summary>As a shell would show it, without quotes.</summary>
    public string CommandLine { get; }

    public int Pid { get; }

    /// <summary>Its stdout.</summary>
    public ProgramOutput Output { get; } = new();

    /// <summary>Its stderr.</summary>
    public ProgramOutput Errors { get; } = new();

    /// <summary>Whether it has ended, and its pipes with it.</summary>
    public bool HasEnded => _end.IsCompleted;

    /// <summary>Runs a program to its end. Throws TimeoutException, with what it wrote so far, when that does not come.</summary>
    public static ProgramResult RunToEnd(
        string path,
        IEnumerable<string> arguments,
        string? directory = null,
        IEnumerable<KeyValuePair<string, string?>>? environment = null)
    {
        using var program = new RunningProgram(path, arguments, directory, environment);
        return program.WaitForResult();
    }

    /// <summary>Writes to its stdin; throws IOException when it does not read any more.</summary>
    public void Send(string text)
    {
        _input!.Write(Encoding.UTF8.GetBytes(text)); // CliWrap has given it by the time the constructor ends
        _input.Flush();
    }

    /// <summary>Ends its stdin.</summary>
    public void EndInput() => _inputEnd.TrySetResult();

    /// <summary>Sends it a signal; false when it has ended.</summary>
    public bool Signal(int signal) => !HasEnded && !ChildProcess.Signal(Pid, signal).IsError;

    /// <summary>Waits until it has ended and its pipes with it; whether that came in time.</summary>
    public bool TryWaitForEnd(TimeSpan limit) => _end.Wait(limit);

    /// <summary>Waits for its end; its exit code, 128 and more for a signal.</summary>
    /// <param name="limit">How long it may take; null = two minutes.</param>
    /// <exception cref="TimeoutException">It did not end; the message has what it wrote so far.</exception>
    public int WaitForEnd(TimeSpan? limit = null)
    {
        TimeSpan patience = limit ?? s_patience;
        return TryWaitForEnd(patience)
            ? _end.Result.ExitCode
            : throw new TimeoutException(
                $"'{CommandLine}' did not end in {patience.TotalSeconds} s; its stdout so far:\n{Output.Text}\nits stderr:\n{Errors.Text}");
    }

    /// <summary>The same, with all it wrote.</summary>
    public ProgramResult WaitForResult(TimeSpan? limit = null) => new(WaitForEnd(limit), Output.Text, Errors.Text);

    /// <summary>KILL, and waits for its end; false when it had ended by itself already.</summary>
    public bool Kill()
    {
        const int sigkill = SuperD.Linux.Signal.SIGKILL, killed = 128 + sigkill;
        Signal(sigkill);
        return WaitForEnd() == killed;
    }

    /// <summary>Kills it with its descendants, and reads no more; a second time does nothing.</summary>
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
