using System.Collections.Concurrent;
using System.Diagnostics;

namespace SuperD.Tests.Support;

/// <summary>Clients that connect at a steady rate until disposed; each asks once and checks the answer.</summary>
internal sealed class SteadyLoad : IDisposable
{
    private const int Threads = 8;

    /// <summary>If superd has gone, each of very many clients fails: the first ones show why.</summary>
    private const int MostFailures = 100;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<Client, bool> _visiting = new();
    private readonly HelperThreads _threads;
    private volatile bool _isAbandoned;
    private long _connections;
    private long _slowest;

    /// <param name="answer">The complete answer that each client must receive.</param>
    /// <param name="question">A line that each client sends; null = nothing.</param>
    public SteadyLoad(int port, string answer, int perSecond, string? question = null)
    {
        TimeSpan interval = TimeSpan.FromSeconds(1.0 / perSecond);
        long last = -1;
        _threads = new HelperThreads(Threads, _ =>
        {
            while (!_stop.IsCancellationRequested)
            {
                TimeSpan early = interval * Interlocked.Increment(ref last) - _clock.Elapsed;
                if (early > TimeSpan.Zero && _stop.Token.WaitHandle.WaitOne(early))
                {
                    return;
                }

                Visit(port, answer, question);
            }
        });
    }

    /// <summary>Clients so far.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>The first errors.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>The longest time from connect to the end of the answer.</summary>
    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(ref _slowest));

    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Ends the load; nothing changes afterwards.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _threads.Join();
        _clock.Stop();
    }

    /// <summary>The same, but aborts clients under way, which may wait for a superd that has gone.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        foreach (Client client in _visiting.Keys)
        {
            client.Dispose();
        }

        Dispose();
    }

    private void Visit(int port, string answer, string? question)
    {
        TimeSpan start = _clock.Elapsed;
        try
        {
            using var client = new Client(port);
            _visiting[client] = true;
            try
            {
                if (!_isAbandoned) // Abandon may have run before this client was registered
                {
                    Talk(client, answer, question);
                }
            }
            finally
            {
                _visiting.TryRemove(client, out _);
            }
        }
        catch (Exception problem)
        {
            Fail(problem.Message);
        }

        long took = (_clock.Elapsed - start).Ticks;
        Interlocked.Increment(ref _connections);
        for (long known = Interlocked.Read(ref _slowest); took > known; known = Interlocked.Read(ref _slowest))
        {
            Interlocked.CompareExchange(ref _slowest, took, known);
        }
    }

    private void Talk(Client client, string answer, string? question)
    {
        if (question is not null)
        {
            client.Send(question + "\n");
        }

        string got = client.ReadToEnd();
        if (got != answer)
        {
            Fail($"answered {got.Length} bytes: {got}");
        }
    }

    private void Fail(string what)
    {
        if (_failures.Count < MostFailures)
        {
            _failures.Enqueue(what);
        }
    }
}
