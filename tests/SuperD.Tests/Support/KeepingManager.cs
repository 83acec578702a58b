namespace SuperD.Tests.Support;

/// <summary>
/// A service manager as systemd is with FileDescriptorStoreMax= and Restart=: it keeps what superd gives it, and starts superd again when
/// it was killed.
/// </summary>
internal static class KeepingManager
{
    /// <summary>Starts superd again after any end by a signal, at once; ends with its exit code.</summary>
    private const string Script = """
        import os, selectors, signal, socket, sys
        path, times, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(path)
        kept = []  # name, descriptor
        child = 0

        def start():
            global child
            passed = kept * times
            names = [name for name, fd in passed]
            child = os.fork()
            if child:
                return
            high = [os.dup2(fd, 500 + i, inheritable=False) for i, (name, fd) in enumerate(passed)]
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i, inheritable=True)
            os.environ.update(NOTIFY_SOCKET=path, FDSTORE="400")
            if kept:
                os.environ.update(LISTEN_FDS=str(len(passed)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=":".join(names))
            os.execvp(command[0], command)

        def read():
            text, fds, _, _ = socket.recv_fds(notify, 65536, 253)
            words = dict(line.split("=", 1) for line in text.decode().splitlines() if "=" in line)
            name = words.get("FDNAME")
            if "FDSTOREREMOVE" in words:
                for entry in [entry for entry in kept if entry[0] == name]:
                    os.close(entry[1])
                    kept.remove(entry)
            elif "FDSTORE" in words:
                for fd in fds:
                    os.set_inheritable(fd, False)
                    if any(os.fstat(fd).st_ino == os.fstat(other).st_ino for _, other in kept):
                        os.close(fd)
                    else:
                        kept.append((name, fd))

        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda number, _: os.kill(child, number))
        ends, end = os.pipe()
        os.set_blocking(end, False)
        signal.set_wakeup_fd(end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        chosen = selectors.DefaultSelector()
        notify.setblocking(False)
        chosen.register(notify, selectors.EVENT_READ)
        chosen.register(ends, selectors.EVENT_READ)
        start()
        while True:
            for key, _ in chosen.select():
                while True:  # what superd said before its end comes before its end
                    try:
                        read()
                    except BlockingIOError:
                        break
                if key.fileobj is notify:
                    continue
                os.read(ends, 100)
                ended, status = os.waitpid(child, os.WNOHANG)
                if not ended:
                    continue
                if os.WIFSIGNALED(status):
                    start()
                else:
                    sys.exit(os.WEXITSTATUS(status))
        """;

    /// <summary>The beginning of a command line that starts superd in this way: its program and arguments follow.</summary>
    /// <param name="socket">The path of the manager's socket, where there is no file yet.</param>
    /// <param name="times">How often it passes each descriptor; systemd does so once.</param>
    public static string[] At(string socket, int times = 1) => ["python3", "-c", Script, socket, $"{times}"];
}
