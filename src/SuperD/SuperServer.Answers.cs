using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Conversing;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD;

/// <summary>The conductor's part in builtins over UDP: each datagram is checked, answered and forgotten.</summary>
internal sealed partial class SuperServer : IDatagramSink
{
    /// <summary>Below it are the services of other machines, which would answer our answer (as echo and chargen do): two of them would never stop.</summary>
    private const int FirstPortOfClients = 1024;

    public void OnDatagram(DatagramPort port, InetEndPoint peer, bool isForMany, ReadOnlySpan<byte> datagram)
    {
        Service service = port.Service;
        bool mayNotBeAnswered = isForMany || peer.Port < FirstPortOfClients || _listeners.HasDatagramPort(peer.Port);
        Verdict verdict = mayNotBeAnswered ? new Verdict(Refusal.SourcePort, service.Occupancy, TimeSpan.Zero) : _access.Check(service, peer);
        if (verdict.IsRefused)
        {
            _refusals.Write(service, ++_lastConnectionId, peer, verdict);
            return;
        }

        _access.TakeTokens(service, peer);
        Builtin builtin = service.Definition.Builtin!.Value; // only builtins have such ports
        if (DatagramAnswers.TryAnswer(builtin, datagram, _loop.Time.GetUtcNow(), Status, out ReadOnlySpan<byte> answer))
        {
            port.Reply(answer);
        }

        _log.AnswerDatagram(service.Name, ++_lastConnectionId, peer, datagram.Length, answer.Length);
    }
}
