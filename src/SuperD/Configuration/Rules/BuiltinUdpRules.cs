namespace SuperD.Configuration.Rules;

/// <summary>builtin_udp: a builtin answers datagrams only if that is enabled explicitly, and always with limits.</summary>
internal static class BuiltinUdpRules
{
    private const string NotAskedFor =
        "a builtin answers datagrams only with builtin_udp = true, because a datagram with a forged sender makes it answer a third party; "
        + "add that line, or write a TCP address";

    // The answer to a forged datagram goes to a third party. It has at most 1,232 bytes (except echo), so at these rates an attack
    // is not worthwhile.
    private static readonly Rate s_rate = new(100, TimeSpan.FromSeconds(1), 100);
    private static readonly Rate s_perSourceRate = new(10, TimeSpan.FromSeconds(1), 10);

    /// <summary>Keys about connections, rejected in the service itself. Those of [defaults] are for the other services.</summary>
    private static readonly string[] s_connectionKeys = ["instances", "when_full", "reserve", "per_source", "idle_timeout"];

    /// <summary>Reports UDP addresses without builtin_udp, builtin_udp without one, and keys about connections.</summary>
    public static void Check(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        Written<ListenConfig>? udp = service.Listen?.Value.FirstOrDefault(address => address.Value.Transport == Transport.Udp);
        if (udp is null)
        {
            if (service.BuiltinUdp is { Value: true } alone && service.Listen is not null)
            {
                context.Problems.Error(
                    alone.Place,
                    "builtin_udp has no effect: no address of listen is udp://; write one, such as \"udp://127.0.0.1:9007\", "
                    + "or delete the line");
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
                context.Problems.Error(
                    place,
                    $"{key} has no meaning for a builtin over UDP: each datagram is answered at once, and there are no connections; "
                    + "delete the line");
            }
        }
    }

    /// <summary>The admission rules of a builtin over UDP: the built-in limits apply where none is written.</summary>
    public static AdmissionDefinition WithLimits(MergedConfig config, AdmissionDefinition admission) =>
        config.Service.BuiltinUdp is { Value: true }
            ? admission with { Rate = admission.Rate ?? s_rate, PerSourceRate = admission.PerSourceRate ?? s_perSourceRate }
            : admission;

    /// <summary>Why this service may not have a udp:// address; null when it may. A key with a bad value has its own message.</summary>
    private static string? WhatIsWrong(ServiceConfig service) => service switch
    {
        { Builtin.Value: Builtin.TcpMux } => "builtin = \"tcpmux\" has no meaning over UDP (RFC 1078); write a TCP address",
        { Builtin: { } builtin } when ReportRules.IsReport(service) =>
            $"builtin = \"{builtin.Value.ToString().ToLowerInvariant()}\" has no meaning over UDP; write a TCP address",
        { Builtin: not null, BuiltinUdp.Value: false } => NotAskedFor,
        { Builtin: not null, BuiltinUdp: null } when !service.MayMention("builtin_udp") => NotAskedFor,
        _ => null,
    };
}
