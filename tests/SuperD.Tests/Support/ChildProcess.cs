using System.Diagnostics;

namespace SuperD.Tests.Support;

/// <summary>A program started with pipes: for a handler they stand for the client and for superd's log. Killed when disposed.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts <paramref name="path"/>, or a name on the PATH, with a client's address in REMOTE_ADDR.</summary>
    public ChildProcess(string path, params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            Environment = { ["REMOTE_ADDR"] = "192.0.2.7" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!; // null only with UseShellExecute
    }

    public int Id => _process.Id;

    /// <summary>The next line of stdout, which a client gets; null at the end.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Limit);

    /// <summary>The next line of stderr, which superd logs; null at the end.</summary>
    public Task<string?> ReadLogLineAsync() => _process.StandardError.ReadLineAsync().WaitAsync(Patience.Limit);

    /// <summary>Writes <paramref name="text"/> to stdin, and ends that when it is <paramref name="all"/>.</summary>
    public void Send(string text, bool all = false)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
        if (all)
        {
            _process.StandardInput.Close();
        }
    }

    /// <summary>Waits for its end; its exit status.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience.Limit);
        return _process.ExitCode;
    }

    /// <summary>Ends it now; false when it had ended by itself already.</summary>
    public async Task<bool> KillAsync()
    {
        const int killed = 128 + 9; // as .NET and the shell report SIGKILL
        _process.Kill(entireProcessTree: true);
        return await EndAsync() == killed;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
