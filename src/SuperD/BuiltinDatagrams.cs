using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Conversing;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD;

/// <summary>The builtins over UDP: each datagram is checked, answered and forgotten, so there is no connection. Loop only.</summary>
/// <param name="isOwnPort">Whether superd itself receives datagrams at a port.</param>
/// <param name="status">What the builtin <c>status</c> answers.</param>
internal sealed class BuiltinDatagrams(
    EventLoop loop,
    Places places,
    AccessControl access,
    ConnectionRecords records,
    Predicate<int> isOwnPort,
    Func<IEnumerable<ServiceStatus>> status,
    ILogger log) : IDatagramSink
{
    /// <summary>
    /// Services of other machines are below this port; one of them (echo, chargen) would answer our answer, and the two would never stop.
    /// </summary>
    private const int FirstPortOfClients = 1024;

    public void OnDatagram(DatagramPort port, InetEndPoint peer, bool isForMany, ReadOnlySpan<byte> datagram)
    {
        Service service = port.Service;
        bool mayNotBeAnswered = isForMany || peer.Port < FirstPortOfClients || isOwnPort(peer.Port);
        Verdict verdict = mayNotBeAnswered ? Verdict.Of(Refusal.SourcePort, service) : access.Check(service, peer);
        if (verdict.IsRefused)
        {
            records.Refused(service, places.NextId(), peer, verdict);
            return;
        }

        access.TakeTokens(service, peer);
        Builtin builtin = service.Definition.Builtin!.Value; // only builtins have such ports
        if (DatagramAnswers.TryAnswer(builtin, datagram, loop.Time.GetUtcNow(), status, out ReadOnlySpan<byte> answer))
        {
            port.Reply(answer);
        }

        service.Counters.Accept();
        service.Counters.End(reason: null, TimeSpan.Zero, datagram.Length, answer.Length, orphans: 0);
        log.AnswerDatagram(service.Name, places.NextId(), peer, datagram.Length, answer.Length);
    }
}
