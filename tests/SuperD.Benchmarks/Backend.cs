using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>What stands behind a redirect (backend.c); ended by <see cref="Dispose"/>.</summary>
internal sealed class Backend : IDisposable
{
    private readonly RunningProgram _process;

    public Backend(Bench bench)
    {
        int[] ports = Ports.Take(2);
        (AnswerPort, StreamPort) = (ports[0], ports[1]);
        _process = Tools.Start(bench.Tools.Backend, AnswerPort, StreamPort);
        if (!bench.WaitUntil(TimeSpan.FromSeconds(10), () => Ports.Listening() is { } listening && ports.All(listening.Contains)))
        {
            Dispose();
            throw new BenchException("the backend does not listen");
        }
    }

    public int Pid => _process.Pid;

    /// <summary>The port that answers three bytes and closes.</summary>
    public int AnswerPort { get; }

    /// <summary>The port that sends as long as somebody reads.</summary>
    public int StreamPort { get; }

    public void Dispose() => _process.Dispose();
}
