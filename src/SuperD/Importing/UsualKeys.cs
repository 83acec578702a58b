using System.Collections.Immutable;

namespace SuperD.Importing;

/// <summary>Keys that several of the imported formats come to, with what there is to say of them.</summary>
internal static class UsualKeys
{
    /// <summary>What xinetd and inetd serve by themselves, and superd too.</summary>
    public static readonly ImmutableArray<string> Builtins = ["echo", "discard", "time", "daytime", "chargen", "tcpmux"];

    /// <summary>Why a service of type RPC is not imported.</summary>
    public const string NoRpc = "RPC services of this kind are gone: the C library dropped their code, and those that are left register with rpcbind themselves";

    /// <param name="name">One of <see cref="Builtins"/>.</param>
    public static void SetBuiltin(ServiceFile file, string name, bool udp)
    {
        file.Set("builtin", TomlValue.Of(name));
        if (udp)
        {
            file.Set("builtin_udp", TomlValue.Of(true), "asked for by name, because who forges a sender makes it answer somebody else; superd limits its rate and never answers ports below 1024");
        }
    }

    /// <summary>A service that is asked for by name, through tcpmux (RFC 1078).</summary>
    /// <param name="plus">Whether the '+' is said for the program.</param>
    public static void SetMultiplexed(ServiceFile file, bool plus) => file.Set("tcpmux", TomlValue.Of(true), plus
        ? "reached through the builtin tcpmux, which says '+' to the client"
        : "reached through the builtin tcpmux. Here superd says '+' to the client, where the program did it before: take it out of the program");

    public static void SetStderr(ServiceFile file, string origin) =>
        file.Set("stderr", TomlValue.Of("socket"), $"as {origin} does it; \"log\", the default here, keeps a program's complaints from the client");

    /// <summary>Belongs to per_source.</summary>
    public static void SetSourcePrefix(ServiceFile file, string origin) =>
        file.Set("source_prefix", "{ v6 = 128 }", $"{origin} counts each IPv6 address by itself; delete the line to count by the usual 64 bits, of which one client may have all addresses");
}
