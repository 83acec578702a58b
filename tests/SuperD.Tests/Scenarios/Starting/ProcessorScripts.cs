namespace SuperD.Tests.Scenarios.Starting;

/// <summary>What is tried in the virtual machine; each script writes what it finds.</summary>
internal static class ProcessorScripts
{
    /// <summary>A launch with all that a plan can have, and how it ends.</summary>
    public const string Launch = """
        cat > /srv/attributes <<'X'
        #!/bin/sh
        echo $REMOTE_ADDR $(id -u):$(id -g) $(pwd) $(umask) $(ulimit -n) $(cat /proc/self/oom_score_adj) $(cut -d ' ' -f 19 /proc/self/stat)
        X
        chmod 755 /srv/attributes
        service plain <<X
        listen = "127.0.0.1:7001"
        user = "nobody"
        directory = "/srv"
        umask = "027"
        nice = 5
        oom_score_adj = 300
        rlimit = { nofile = 77 }
        exec = "/srv/attributes"
        X
        service failing <<X
        listen = "127.0.0.1:7002"
        user = "nobody"
        directory = "/srv/gone"
        exec = "/bin/true"
        X
        service stubborn <<X
        listen = "127.0.0.1:7003"
        user = "nobody"
        run_timeout = "1s"
        exec = ["/bin/sh", "-c", "trap '' TERM; (trap '' TERM; sleep 1000) & sleep 1000"]
        X
        mkdir /srv/gone
        start
        rmdir /srv/gone
        nc 127.0.0.1 7001 < /dev/null
        record plain
        nc 127.0.0.1 7002 < /dev/null
        until_ logged 'chdir(/srv/gone)'
        grep -o 'chdir(/srv/gone).*' $DIR/log | head -n 1
        nc 127.0.0.1 7003 < /dev/null
        record stubborn
        stop
        """;

    /// <summary>Each kind of sandbox, and what it refuses; corrections for calls that only another processor has.</summary>
    public const string Sandboxes = """
        mkdir -p /usr/lib /srv/own; echo text > /srv/own/file; chmod 777 /srv/own
        kind() {
            service $1 <<X
        listen = "127.0.0.1:$2"
        user = "$4"
        stderr = "socket"
        sandbox = "$3"
        $5
        exec = ["/bin/probe", "open:/etc/group:0", "open:/etc/group:1", "open:/srv/own/file:1", "mkdir:/srv/own/$1", "fork", "thread",
            "exec:/bin/true", "openat2:/etc/group", "ptrace"]
        X
        }
        WRITABLE='writable = ["/srv/own"]'
        kind basic 7101 basic nobody "$WRITABLE"
        kind strict 7102 strict nobody "$WRITABLE"
        kind jail 7103 jail nobody "$WRITABLE"
        kind dynamic 7104 basic dynamic
        kind corrected 7105 basic nobody 'syscalls = ["+@debug", "-mkdirat", "-mkdir", "+open"]'
        TOP='dynamic_users = "70000-70100"'
        start
        port=7101
        for name in basic strict jail dynamic corrected; do
            echo $name: $(nc 127.0.0.1 $port < /dev/null)
            port=$((port + 1))
        done
        superd try basic --explain -c $DIR/superd.toml < /dev/null 2>&1 | grep -o 'ptrace: .*'
        stop
        """;

    /// <summary>Reload by HUP, an upgrade with a client that stays, and the end by TERM.</summary>
    public const string Signals = """
        service cat <<X
        listen = "127.0.0.1:7201"
        user = "nobody"
        exec = "/bin/cat"
        X
        start
        mkfifo $DIR/to $DIR/from
        nc 127.0.0.1 7201 < $DIR/to > $DIR/from &
        exec 5> $DIR/to 6< $DIR/from
        echo before >&5; read line <&6; echo $line
        sed 's/7201/7202/' $DIR/services.d/cat.toml > $DIR/services.d/more.toml
        kill -HUP $SUPERD; until_ logged ' reload '
        echo reloaded: $(echo hello | nc 127.0.0.1 7202)
        ask upgrade > /dev/null; until_ logged ' upgraded '
        kill -USR1 $SUPERD
        echo after >&5; read line <&6; echo $line
        echo upgraded: $(echo hello | nc 127.0.0.1 7202)
        exec 5>&-
        record cat
        stop
        grep -o 'stop superd exit=0' $DIR/log
        """;
}
