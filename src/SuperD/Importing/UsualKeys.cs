using System.Collections.Immutable;

namespace SuperD.Importing;

/// <summary>Keys that several imported formats map to, with their comments.</summary>
internal static class UsualKeys
{
    /// <summary>The services that xinetd and inetd implement themselves, and superd too.</summary>
    public static readonly ImmutableArray<string> Builtins = ["echo", "discard", "time", "daytime", "chargen", "tcpmux"];

    /// <summary>Why a service of type RPC is not imported.</summary>
    public const string NoRpc =
        "RPC services of this kind are gone: the C library dropped their code, and those that are left register with rpcbind themselves";

    /// <summary>Why superd does not ask ident.</summary>
    public const string NoIdent = "ident (RFC 1413): its answers are the client's own words, and waiting for them blocked xinetd";

    /// <summary>Sets the keys of a builtin.</summary>
    /// <param name="file">The service file.</param>
    /// <param name="name">One of <see cref="Builtins"/>.</param>
    /// <param name="udp">True for its UDP version.</param>
    public static void SetBuiltin(ServiceFile file, string name, bool udp)
    {
        file.Set("builtin", TomlValue.Of(name));
        if (udp)
        {
            file.Set(
                "builtin_udp",
                TomlValue.Of(true),
                "must be set explicitly, because a forged sender makes it answer a third party; superd limits its rate and never answers "
                + "ports below 1024");
        }
    }

    /// <summary>Sets the key of a service reached by name through tcpmux (RFC 1078).</summary>
    /// <param name="file">The service file.</param>
    /// <param name="plus">Whether the server sends the '+' for the program.</param>
    public static void SetMultiplexed(ServiceFile file, bool plus) => file.Set(
        "tcpmux",
        TomlValue.Of(true),
        plus
            ? "reached through the builtin tcpmux, which says '+' to the client"
            : "reached through the builtin tcpmux. Here superd says '+' to the client, where the program did it before: take it out of "
                + "the program");

    /// <summary>Sets stderr to the client's socket.</summary>
    /// <param name="file">The service file.</param>
    /// <param name="origin">The server that does the same.</param>
    public static void SetStderr(ServiceFile file, string origin) => file.Set(
        "stderr",
        TomlValue.Of("socket"),
        $"as {origin} does it; \"log\", the default here, keeps a program's complaints from the client");

    /// <summary>Sets source_prefix so that per_source counts as the original does.</summary>
    /// <param name="file">The service file.</param>
    /// <param name="origin">The server that counts single addresses.</param>
    public static void SetSourcePrefix(ServiceFile file, string origin) => file.Set(
        "source_prefix",
        "{ v6 = 128 }",
        $"{origin} counts each IPv6 address separately; delete the line to count by the usual 64 bits, since one client may own all "
        + "addresses of a /64");
}
