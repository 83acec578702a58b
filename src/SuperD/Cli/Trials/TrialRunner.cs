using System.Net;
using SuperD.Configuration;
using SuperD.Configuration.Values;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Cli.Trials;

/// <summary>Runs the connections of <c>superd try</c> against a superd in this process, with this service alone and no listener.</summary>
/// <remarks>The same code as in production thus launches, watches, limits and ends the handler.</remarks>
internal sealed class TrialRunner(SuperServer server, TrialLog log, ServiceDefinition service, TrialOptions options)
{
    /// <summary>Of <c>env -i nice -n 5 python3 x.py</c> this is enough.</summary>
    private const int MostWordsToProgram = 5;

    /// <summary>How long a silence is before it is mentioned.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);

    /// <summary>stdio and Python hold back what a program writes to a socket, as it is no terminal.</summary>
    private string BufferAdvice => "if it has, its output waits in a buffer: "
        + (IsPython ? "start it with python3 -u" : "start it with stdbuf -oL") + ", or let it flush after each line";

    /// <summary>stdbuf(1) changes what the C library does, which Python does not use.</summary>
    private bool IsPython => service.Arguments.Prepend(service.Executable).Take(MostWordsToProgram)
        .Concat(new ProgramChecker(new PathChecker(), new NearestFile()).InterpretersOf(service.Executable, service.Process))
        .Any(word => Path.GetFileName(word).StartsWith("python", StringComparison.Ordinal));

    /// <summary>Makes all runs, with a limited number at the same time.</summary>
    /// <param name="open">Opens the input of each connection.</param>
    /// <param name="reply">Receives the reply of a single connection; the replies of several are discarded.</param>
    /// <param name="tell">Receives advice for the user if a single connection waits.</param>
    /// <param name="ended">Cancelled when superd has exited, so that runs not begun never will be.</param>
    /// <returns>One result per run; fewer if superd exited before.</returns>
    public async Task<IReadOnlyList<TrialResult>> RunAsync(Func<Stream> open, Stream reply, Action<string> tell, CancellationToken ended)
    {
        var results = new TrialResult?[options.Repeat];
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(options.AtOnce, options.Repeat)).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next);
                i < results.Length && !ended.IsCancellationRequested;
                i = Interlocked.Increment(ref next))
            {
                results[i] = await RunOneAsync(open(), results.Length == 1 ? reply : Stream.Null, tell, ended);
            }
        }));
        return [.. results.OfType<TrialResult>()];
    }

    /// <summary>Makes one run; returns null if superd exited before it began.</summary>
    private async Task<TrialResult?> RunOneAsync(Stream input, Stream reply, Action<string> tell, CancellationToken ended)
    {
        using TrialPair pair = TrialPair.Create(
            new TcpListenOptions(1, V6Only: false, service.NoDelay, service.KeepAlive) { UserTimeoutMs = service.UserTimeoutMs },
            options.From);
        InetEndPoint own = InetEndPoint.From((IPEndPoint)pair.Client.LocalEndPoint!); // a connected socket is bound
        InetEndPoint peer = options.From is { } from ? InetEndPoint.From(new IPEndPoint(from, own.Port)) : own;
        InetEndPoint local = InetEndPoint.From(
            new IPEndPoint(IPAddress.Loopback, service.Listen is [{ EndPoint.Port: var port }, ..] ? port : 0));

        var trial = new Trial();
        using CancellationTokenRegistration never = ended.Register(() =>
        {
            pair.Server.Dispose(); // otherwise its client would wait endlessly, if superd never adopted it
            trial.Abandon();
        });
        server.Post(() =>
        {
            if (server.Adopt(service.Name, pair.Server, new Peer(peer), local) is { } connection)
            {
                log.Add(connection, trial);
            }
        });
        var checker = options.Expected is { } expected ? new ReplyChecker(expected, reply) : null;
        var client = new TrialClient(pair.Client, input, checker ?? reply, options);
        Task talk = client.TalkAsync(trial.End);
        await AdviseIfItWaitsAsync(client, talk, tell);
        await talk;
        if (await trial.End is not { } result)
        {
            return null;
        }

        result = result with
        {
            BytesSent = client.Sent,
            BytesReceived = client.Received,
            Difference = options.Reset ? null : checker?.Difference(),
        };
        return result with { Fault = client.HasTimedOut ? FaultOfTimeout(client) : FaultOf(result) };
    }

    /// <summary>
    /// Advises the user of a single run that waits: its handler may hold back what it says, or read to an end of input that does not come.
    /// </summary>
    private async Task AdviseIfItWaitsAsync(TrialClient client, Task talk, Action<string> tell)
    {
        bool hasAdvisedOnSilence = false;
        while (!options.Reset && options.Repeat == 1)
        {
            long before = client.Received;
            if (await Task.WhenAny(talk, Task.Delay(s_silence)) == talk)
            {
                return;
            }

            if (!hasAdvisedOnSilence && (client.Received == 0 || (client.Received == before && client.AwaitsAnswer)))
            {
                hasAdvisedOnSilence = true;
                string since = client.Received == 0 ? "yet" : $"for {Duration.ToText(s_silence)}";
                tell($"the handler has said nothing {since}; {BufferAdvice}");
            }

            if (client.InputEnded && client.Received == before)
            {
                if (!options.HalfClose)
                {
                    tell("all input is sent, and the handler waits; "
                        + "if it reads to the end of input, add --half-close (Ctrl-C ends the trial)");
                }

                return;
            }
        }
    }

    private string FaultOfTimeout(TrialClient client) =>
        $"not done after {Duration.ToText(options.Timeout!.Value)} (--timeout)" // only a limit can be exceeded
        + (client.Received == 0 ? $", and has said nothing; {BufferAdvice}"
            : client.SilentFor >= s_silence && client.AwaitsAnswer ? $", and has said no more; {BufferAdvice}"
            : "")
        + (client.InputEnded && options.HalfClose && service.GoneTimeout is null
            ? "; its input has ended, which it ignores: gone_timeout = \"30s\" would end such a handler, or let it exit at the end of input"
            : "");

    private string? FaultOf(TrialResult result) =>
        result.LaunchError is { } error ? $"not launched: {error}"
        : result.Exit is not (null or 0) && !options.Reset ? $"exit status {result.Exit}"
        : result.Signal is not null && !options.Reset ? $"ended by SIG{result.Signal}{(result.Reason is { } reason ? $" ({reason})" : "")}"
        : result.Leaked > 0 ? $"processes left behind: {result.Leaked}"
        : result.Difference;
}
