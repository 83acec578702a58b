using SuperD.Ending;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD;

/// <summary>A handler as the console sees it. Loop only.</summary>
internal sealed class RunningHandler(Handler handler, ReleasedSockets released, HandlerEnder ender) : IConnectionServer
{
    public Handler Handler => handler;

    public ServingState State
    {
        get
        {
            TcpTraffic? traffic = !handler.KeepsSocket ? released.TrafficOf(handler)
                : TcpConnection.ReadTraffic(handler.Connection.Socket, out TcpTraffic read).IsError ? null
                : read;
            string word = handler.IsReaped || handler.IsHeld ? "leaving" : handler.EndReason != EndReason.None ? "ending" : "running";
            return new ServingState(word, handler.StartedMs)
            {
                Pid = handler.Pid,
                IdleMs = (long?)traffic?.IdleFor.TotalMilliseconds,
                BytesIn = traffic?.BytesIn,
                BytesOut = traffic?.BytesOut,
                GroupMemory = handler.Connection.Cgroup?.Memory,
                Usage = handler.IsReaped ? null : ProcessUsage.Of(handler.Pid),
            };
        }
    }

    public void End() => ender.End(handler, EndReason.Operator);
}
