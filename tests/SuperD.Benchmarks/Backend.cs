using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>The backend of a redirect (backend.c); <see cref="Dispose"/> ends it.</summary>
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

    /// <summary>The port that sends for as long as the client reads.</summary>
    public int StreamPort { get; }

    public void Dispose() => _process.Dispose();
}
