namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>What is tried in the virtual machine; each script writes what it finds.</summary>
internal static class OldKernelScripts
{
    /// <summary>
    /// The probe's answers: a file of the system is truncated in four ways and read, one of its own is truncated, and sockets are
    /// connected: to the network, to an abstract name, and the client's own once more.
    /// </summary>
    public const string Sandbox = """
        mkdir /srv/own; echo text > /srv/own/file
        probe() {
            service $1 <<X
        listen = "127.0.0.1:$2"
        user = "root"
        stderr = "socket"
        sandbox = "$3"
        $4
        writable = ["/srv/own"]
        exec = ["/bin/probe", "truncate:/etc/group", "open:/etc/group:512", "open:/etc/group:513", "openat2:/etc/group",
            "open:/etc/group:0", "open:/srv/own/file:513", "connect:$2", "abstract:nobody"$5]
        X
        }
        probe basic 7301 basic
        probe strict 7302 strict '' ', "reconnect:7302", "relisten"'
        probe closed 7303 basic 'network = "off"' ', "reconnect:7303", "relisten"'
        probe none 7304 none 'umask = "022"'
        sed -i /writable/d $DIR/services.d/none.toml
        start
        for port in 7301 7302 7303; do
            echo $port: $(nc 127.0.0.1 $port < /dev/null)
        done
        [ $(wc -l < /etc/group) = 2 ] && echo whole
        superd check -c $DIR/superd.toml | grep -o "note: .*"
        echo 7304: $(nc 127.0.0.1 7304 < /dev/null)
        [ -s /etc/group ] || echo cut
        stop
        """;

    public const string NoLandlock = """
        service cat <<X
        listen = "127.0.0.1:7401"
        user = "nobody"
        login_env = false
        sandbox = "basic"
        exec = ["/bin/probe", "truncate:/etc/group", "ptrace"]
        stderr = "socket"
        X
        printf '[control]\nsocket = "%s/socket"\n' $DIR > $DIR/superd.toml
        superd check -c $DIR/superd.toml | grep -o 'sandbox = .*\|[0-9]* service.*'
        start
        grep -o 'error.*sandbox = .*' $DIR/log
        echo 'sandbox_best_effort = true' >> $DIR/services.d/cat.toml
        superd check -c $DIR/superd.toml | grep -o 'sandbox = .*\|[0-9]* service.*'
        ask reload > /dev/null 2>&1
        echo runs: $(nc 127.0.0.1 7401 < /dev/null)
        ask status cat | grep held
        stop
        """;
}
