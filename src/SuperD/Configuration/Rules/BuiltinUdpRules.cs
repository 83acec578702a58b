namespace SuperD.Configuration.Rules;

/// <summary>builtin_udp: a builtin answers datagrams only when somebody has said so, and never without limits.</summary>
internal static class BuiltinUdpRules
{
    private const string NotAskedFor =
        "a builtin answers datagrams only with builtin_udp = true, because whoever sends one can forge whom it is from, and has the answer sent there; add that line, or write a TCP address";

    // A forged datagram has its answer sent to somebody else, 1,232 bytes at most but for echo: at these rates that is not worth anybody's while.
    private static readonly Rate s_rate = new(100, TimeSpan.FromSeconds(1), 100);
    private static readonly Rate s_perSourceRate = new(10, TimeSpan.FromSeconds(1), 10);

    /// <summary>Keys about connections; what [defaults] says of them is for the other services.</summary>
    private static readonly string[] s_connectionKeys = ["instances", "when_full", "per_source", "idle_timeout"];

    public static void Check(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        Written<ListenConfig>? udp = service.Listen?.Value.FirstOrDefault(address => address.Value.Transport == Transport.Udp);
        if (udp is null)
        {
            if (service.BuiltinUdp is { Value: true } alone && service.Listen is not null)
            {
                context.Problems.Error(alone.Place, "builtin_udp has no effect: no address of listen is udp://; write one, such as \"udp://127.0.0.1:9007\", or delete the line");
            }

            return;
        }

        if (WhatIsWrong(service) is { } problem)
        {
            context.Problems.Error(udp.Place, problem);
        }

        if (service.Builtin is not null)
        {
            foreach ((string key, Place place) in service.WrittenKeys.Where(written => s_connectionKeys.Contains(written.Key)))
            {
                context.Problems.Error(place, $"{key} has no meaning for a builtin over UDP: each datagram is answered at once, and there are no connections; delete the line");
            }
        }
    }

    /// <summary>The limits of a builtin over UDP: those written, and the built-in ones in place of none.</summary>
    public static AdmissionDefinition WithLimits(MergedConfig config, AdmissionDefinition admission) =>
        config.Service.BuiltinUdp is { Value: true }
            ? admission with { Rate = admission.Rate ?? s_rate, PerSourceRate = admission.PerSourceRate ?? s_perSourceRate }
            : admission;

    /// <summary>Why this service may not have a udp:// address; null when it may. A key that is there but bad has its own message.</summary>
    private static string? WhatIsWrong(ServiceConfig service) => service switch
    {
        { Builtin.Value: Builtin.TcpMux } => "builtin = \"tcpmux\" has no meaning over UDP (RFC 1078); write a TCP address",
        { Builtin: not null, BuiltinUdp.Value: false } => NotAskedFor,
        { Builtin: not null, BuiltinUdp: null } when !service.MayMention("builtin_udp") => NotAskedFor,
        _ => null,
    };
}
