namespace SuperD.Tests.Support;

/// <summary>Starts superd as a service manager does: with bound sockets, from descriptor 3 on, and their names.</summary>
internal static class SocketPasser
{
    // Each argument up to "--" is NAME=KIND[:ADDRESS:PORT]; the user id and the command follow. KIND is tcp4, tcp6 (IPv6 only), dual (with
    // its address in brackets), udp4, file or connection.
    private const string Script = """
        import os, socket, sys
        end = sys.argv.index("--")
        names, files = [], []
        for name, _, what in (argument.partition("=") for argument in sys.argv[1:end]):
            kind, _, address = what.partition(":")
            host, _, port = address.rpartition(":")
            if kind == "file":
                held = open("/dev/null")
            elif kind == "connection":
                held = socket.socketpair()[0]
            else:
                family = socket.AF_INET if kind[-1] == "4" else socket.AF_INET6
                held = socket.socket(family, socket.SOCK_DGRAM if kind == "udp4" else socket.SOCK_STREAM)
                if held.family == socket.AF_INET6:
                    held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, kind == "tcp6")
                if kind != "udp4":
                    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) # as systemd does: the port may have been another test's
                held.bind((host.strip("[]"), int(port)))
                if kind != "udp4":
                    held.listen(16)
            names.append(name)
            files.append(held)
        high = [os.dup(held.fileno()) for held in files]
        high = [fd if fd >= 3 + len(files) else os.dup2(fd, 100 + i) for i, fd in enumerate(high)]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i, inheritable=True)
        user = int(sys.argv[end + 1])
        if user:
            os.setgroups([]); os.setgid(user); os.setuid(user)
        own = os.environ.get("TEST_LISTEN_PID", str(os.getpid()))
        os.environ.update(LISTEN_FDS=str(len(files)), LISTEN_PID=own, LISTEN_FDNAMES=":".join(names))
        os.execvp(sys.argv[end + 2], sys.argv[end + 2:])
        """;

    /// <summary>The wrapper of a daemon (<see cref="DaemonOptions.Wrapper"/>) that passes these sockets.</summary>
    /// <param name="user">The uid superd runs as; 0 = the test's own user.</param>
    /// <param name="sockets">Each <c>NAME=KIND:ADDRESS:PORT</c>, KIND tcp4,
    /// tcp6, dual or udp4; or <c>NAME=file</c>, <c>NAME=connection</c>.
    /// </param>
    public static string[] Passing(int user, params string[] sockets) =>
        [Needs.Program("python3"), "-c", Script, .. sockets, "--", $"{user}"];

    public static string[] Passing(params string[] sockets) => Passing(0, sockets);
}
