using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack;

/// <summary>
/// Keeps probing superd, at a program service that is not attacked, at a builtin
/// and at the console, and finds the moments without an answer.
/// </summary>
/// <remarks>
/// A slow answer may be the machine's fault, so two things are subtracted. First, the time that the control (control.c: accept,
/// fork, exec of the same handler) took at that moment: then the rig, the kernel and the handler were slow. Second, the time that
/// superd waited for a processor, by the scheduler's own counters: then it was runnable but not running. A remainder of more than a
/// second is a hang: the loop slept or was busy with something else.
/// </remarks>
/// <param name="longest">How long an answer may take after both are subtracted.</param>
internal sealed class Prober(AttackTarget target, IPEndPoint control, TimeSpan longest)
{
    private const string Control = "control";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan s_worthKeeping = TimeSpan.FromMilliseconds(100), s_patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Probe> _probes = [];
    private readonly LoopWait _loop = new(target.Pid);
    private long _answers;

    /// <summary>Answered probes, without the control's.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>The probing threads; each waits for its answer before it asks again.</summary>
    public IEnumerable<Action<CancellationToken>> Threads =>
    [
        cancellation => Run(Control, () => Ask(control), cancellation),
        cancellation => Run("a program", () => Ask(target.Address(AttackServices.Probed)), cancellation),
        cancellation => Run("a builtin", () => Ask(target.Address(AttackServices.ProbedBuiltin)), cancellation),
        cancellation => Run("the console", AskConsole, cancellation),
    ];

    /// <summary>
    /// The longest response time as measured and after both subtractions; valid after
    /// the run. Answers within a tenth of a second are not examined.
    /// </summary>
    public (TimeSpan WithExcuses, TimeSpan Without) Slowest =>
        (
            _probes.Where(probe => probe.What != Control).Select(probe => probe.Took).DefaultIfEmpty().Max(),
            Unexcused().Select(one => one.Time).DefaultIfEmpty().Max());

    /// <summary>The moments when superd hung; valid after the run.</summary>
    public IEnumerable<string> Hangs => Unexcused().Where(one => one.Time > longest)
        .Select(one => $"{one.Probe.What} had no answer for {one.Time.TotalSeconds:N1} s, at {one.Probe.Begun:HH:mm:ss}, "
            + $"and {one.Probe.Took.TotalSeconds:N1} s in all");

    private IEnumerable<(Probe Probe, TimeSpan Time)> Unexcused()
    {
        Probe[] controls = [.. _probes.Where(probe => probe.What == Control)];
        return _probes.Where(probe => probe.What != Control)
            .Select(probe => (probe, probe.Took - probe.LoopWaited - controls.Select(probe.Overlap).DefaultIfEmpty().Max()));
    }

    private void Run(string what, Func<bool> ask, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            IReadOnlyDictionary<int, TimeSpan> before = _loop.Now();
            DateTime begun = DateTime.UtcNow;
            long started = Stopwatch.GetTimestamp();
            bool isAnswered = ask();
            while (!isAnswered && Stopwatch.GetElapsedTime(started) < s_patience)
            {
                isAnswered = ask(); // the console closes one of 33 clients, so a probe may have to ask again
            }

            TimeSpan took = Stopwatch.GetElapsedTime(started);
            if (took > s_worthKeeping)
            {
                _probes.Enqueue(new Probe(what, begun, started, took, _loop.Since(before, took)));
            }

            if (isAnswered && what != Control)
            {
                Interlocked.Increment(ref _answers);
            }

            cancellation.WaitHandle.WaitOne(s_pause);
        }
    }

    private static bool Ask(EndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return IsAnswered(socket, address, []);
    }

    private bool AskConsole()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return IsAnswered(socket, new UnixDomainSocketEndPoint(target.ConsolePath), "{\"command\":\"status\",\"service\":\"probed\"}\n"u8);
    }

    private static bool IsAnswered(Socket socket, EndPoint address, ReadOnlySpan<byte> request)
    {
        try
        {
            Span<byte> answer = stackalloc byte[4096];
            socket.ReceiveTimeout = (int)s_patience.TotalMilliseconds;
            socket.Connect(address);
            _ = request.IsEmpty ? 0 : socket.Send(request);
            return socket.Receive(answer) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A probe and how long its answer took.</summary>
    private readonly record struct Probe(string What, DateTime Begun, long Started, TimeSpan Took, TimeSpan LoopWaited)
    {
        /// <summary>How long both were in progress.</summary>
        public TimeSpan Overlap(Probe other)
        {
            TimeSpan from = Stopwatch.GetElapsedTime(Started, Math.Max(Started, other.Started));
            TimeSpan until = Stopwatch.GetElapsedTime(Started, other.Started) + other.Took;
            TimeSpan overlap = (until < Took ? until : Took) - from;
            return overlap > TimeSpan.Zero ? overlap : TimeSpan.Zero;
        }
    }
}
