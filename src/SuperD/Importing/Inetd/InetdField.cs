using System.Collections.Immutable;

namespace SuperD.Importing.Inetd;

/// <summary>One row of the table of the fields of a line of inetd.conf.</summary>
/// <param name="Name">The field, in the words of inetd(8).</param>
/// <param name="Weight">What is lost without it.</param>
/// <param name="Here">Its counterpart in a service file; <see cref="None"/> without one.</param>
/// <param name="Note">Why there is no counterpart; empty with one. No capital and no final dot.</param>
internal sealed record InetdField(string Name, ImportWeight Weight, string Here, string Note = "")
{
    /// <summary>The value of <see cref="Here"/> without a counterpart.</summary>
    public const string None = "-";

    /// <summary>The size of a socket buffer, behind a comma of the protocol: <c>sndbuf=64k</c>.</summary>
    public static readonly InetdField Buffer = new(
        "buffer",
        ImportWeight.ChangesBehaviour,
        None,
        "the size of socket buffers is the kernel's (sysctl net.ipv4.tcp_rmem, tcp_wmem)");

    /// <summary>FreeBSD's login class, behind the user and group.</summary>
    public static readonly InetdField LoginClass = new(
        "login class",
        ImportWeight.NarrowsProgram,
        None,
        "Linux has no login classes; write the limits of login.conf(5) as rlimit, umask and nice");

    /// <summary>The IPsec policy of <c>#@</c>.</summary>
    public static readonly InetdField Policy = new(
        "policy",
        ImportWeight.NarrowsAccess,
        None,
        "inetd takes clients over IPsec alone, superd sets no policy: let the kernel do it (ip xfrm policy), then delete the line below");

    /// <summary>The rules of libwrap, which are no field but belong to each.</summary>
    public static readonly InetdField Libwrap = new(
        "libwrap",
        ImportWeight.NarrowsAccess,
        None,
        "inetd asks this rule, superd does not; move it to only_from and no_access, or keep it with exec = [\"/usr/sbin/tcpd\", ARGUMENTS] "
        + "and argv0 = \"PATH OF THE PROGRAM\"");

    /// <summary>All fields, in the order of a line.</summary>
    public static readonly ImmutableArray<InetdField> Rows =
    [
        Policy,
        Libwrap,
        new("address", ImportWeight.NarrowsAccess, "listen"),
        new("service", ImportWeight.ChangesBehaviour, "listen"),
        new("socket type", ImportWeight.ChangesBehaviour, "listen"),
        new("protocol", ImportWeight.ChangesBehaviour, "listen"),
        Buffer,
        new("wait", ImportWeight.ChangesBehaviour, "wait"),
        new("max per minute", ImportWeight.NarrowsAccess, "rate"),
        new("max child", ImportWeight.NarrowsAccess, "instances"),
        new("max connections per ip per minute", ImportWeight.NarrowsAccess, "per_source_rate"),
        new("max child per ip", ImportWeight.NarrowsAccess, "per_source"),
        new("user", ImportWeight.NarrowsProgram, "user"),
        new("group", ImportWeight.NarrowsProgram, "group"),
        LoginClass,
        new("program", ImportWeight.ChangesBehaviour, "exec"),
        new("argument 0", ImportWeight.ChangesBehaviour, "argv0"),
        new("arguments", ImportWeight.ChangesBehaviour, "exec"),
    ];
}
