namespace SuperD.Tests.Scenarios.Limits;

/// <summary>What is tried in the virtual machine; each script writes what it finds.</summary>
internal static class LimitScripts
{
    public const string Processes = """
        service bomb <<X
        listen = "127.0.0.1:7001"
        user = "nobody"
        exec = ["/bin/sh", "-c", "b() { b | b & }; b; b; read line"]
        limit = { processes = 10 }
        X
        service other <<X
        listen = "127.0.0.1:7002"
        user = "nobody"
        exec = ["/bin/sh", "-c", "sleep 0 && echo served"]
        limit = { processes = 10 }
        X
        start
        for i in 1 2 3; do hold 7001; done
        refused() { [ $(grep -s '^max [1-9]' $GROUP/*.l/l.bomb/*/pids.events | wc -l) = 3 ]; }
        until_ refused
        nc 127.0.0.1 7002 < /dev/null
        [ $(cat $GROUP/*.l/l.bomb/*/pids.current | sort -n | tail -n 1) -le 10 ] && echo bounded
        ask end --service bomb > /dev/null
        record bomb
        stop
        """;

    public const string Memory = """
        service eater <<X
        listen = "127.0.0.1:7101"
        user = "nobody"
        exec = ["/bin/sh", "-c", "read size; dd if=/dev/zero of=/dev/null bs=\${size}M count=1 2>/dev/null; echo survived"]
        limit = { memory = "16M" }
        X
        start
        for size in 4 64 4; do
            echo $size: $(echo $size | nc 127.0.0.1 7101)
        done
        until_ logged 'end eater conn=3'
        grep -o '[a-z]*  *end eater.*' $DIR/log
        echo groups: $(cd $GROUP/*.l/l.eater; ls -d */)
        for i in 1 2 3; do echo 64 | nc 127.0.0.1 7101; done
        until_ logged 'end eater conn=6'
        ask why eater 127.0.0.1 | grep ^state
        ask status eater | grep 'held\|ended  '
        stop
        echo left: $(cd $GROUP; ls -d */) $(cat $GROUP/cgroup.subtree_control)
        """;

    public const string Cpu = """
        service burner <<X
        listen = "127.0.0.1:7201"
        user = "nobody"
        exec = ["/bin/sh", "-c", "while :; do :; done"]
        limit = { cpu = "20%" }
        run_timeout = "3s"
        X
        start
        nc 127.0.0.1 7201 < /dev/null
        record burner
        stop
        """;

    /// <summary>A program that keeps memory: tail holds all that it reads, while nobody reads from it.</summary>
    public const string Total = """
        service holder <<X
        listen = "127.0.0.1:7301"
        user = "nobody"
        exec = ["/bin/sh", "-c", "head -c 20000000 /dev/zero | tail -c 20000000 | sleep 1000"]
        limit_total = { memory = "48M", processes = 50 }
        X
        start
        for i in 1 2 3 4; do hold 7301; done
        until_ logged 'reason=memory'
        [ $(cat $GROUP/*.l/l.holder/memory.current) -le 50331648 ] && echo bounded
        grep -c 'accept holder' $DIR/log
        record holder
        grown() { ask ps --json | grep -q 'group_mem_kib": [12][0-9][0-9][0-9][0-9]'; }
        until_ grown
        ask ps | grep -o '[12][0-9]M$' | head -n 1
        stop
        """;

    public const string Reload = """
        write() {
            service cat <<X
        listen = "127.0.0.1:7401"
        user = "nobody"
        exec = "/bin/cat"
        $1
        X
        }
        write 'limit = { processes = 10 }
        limit_total = { processes = 100, memory = "64M" }'
        start
        hold 7401
        until_ logged 'accept cat conn=1'
        write 'limit = { processes = 5 }
        limit_total = { processes = 50, memory = "32M" }'
        ask reload > /dev/null
        cd $GROUP/*.l/l.cat
        until_ grep -q '^50$' pids.max
        echo total: $(cat pids.max memory.max) old: $(cat 0/pids.max)
        hold 7401
        until_ logged 'accept cat conn=2'
        echo new: $(cat 1/pids.max)
        ask status cat | grep -o 'limit .*,'
        write
        ask reload > /dev/null
        cd /
        ask end --service cat > /dev/null
        until_ gone $GROUP/*.l/l.cat
        echo removed
        stop
        """;

    public const string Upgrade = """
        service bomb <<X
        listen = "127.0.0.1:7501"
        user = "nobody"
        exec = ["/bin/sh", "-c", "read line; echo one; read line; dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo survived"]
        limit = { processes = 10, memory = "16M" }
        limit_total = { processes = 100 }
        X
        start
        mkfifo $DIR/input
        nc 127.0.0.1 7501 < $DIR/input &
        exec 3> $DIR/input
        echo >&3
        until_ logged 'accept bomb'
        ask upgrade > /dev/null
        echo >&3
        record 'bomb conn=1'
        exec 3>&-
        (echo; echo) | nc 127.0.0.1 7501
        record 'bomb conn=2'
        echo groups: $(cd $GROUP/*.l/l.bomb; ls -d */) total: $(cat $GROUP/*.l/l.bomb/pids.max) of one: $(cat $GROUP/*.l/l.bomb/*/pids.max)
        stop
        echo left: $(cd $GROUP; ls -d */) $(cat $GROUP/cgroup.subtree_control)
        """;

    public const string Killed = """
        SUBGROUP=/main; mkdir $GROUP$SUBGROUP
        service cat <<X
        listen = "127.0.0.1:7601"
        user = "nobody"
        exec = "/bin/cat"
        limit = { processes = 10 }
        X
        TOP='shutdown_grace = "1s"'
        start
        hold 7601
        until_ logged 'accept cat'
        kill -9 $SUPERD
        until_ ended $SUPERD
        echo left: $(cd $GROUP; ls -d *.l/*/*/ | wc -l)
        service cat <<X
        listen = "127.0.0.1:7602"
        user = "nobody"
        exec = "/bin/cat"
        limit = { processes = 10 }
        X
        start
        until_ logged 'find processes=1'
        cleaned() { [ $(ls -d $GROUP/superd*/ | wc -l) = 2 ]; }
        until_ cleaned
        echo cleaned
        stop
        """;

    public const string User = """
        chown nobody $GROUP $GROUP/cgroup.procs $GROUP/cgroup.subtree_control
        chmod 777 $DIR
        service eater <<X
        listen = "127.0.0.1:7701"
        exec = ["/bin/sh", "-c", "dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo survived"]
        limit = { memory = "16M" }
        X
        start as_nobody
        nc 127.0.0.1 7701 < /dev/null
        record eater
        stop
        """;

    public const string Missing = """
        service cat <<X
        listen = "127.0.0.1:7801"
        user = "nobody"
        exec = "/bin/cat"
        limit = { memory = "16M", cpu = "10%" }
        X
        printf '[control]\nsocket = "%s/socket"\n' $DIR > $DIR/superd.toml
        check() { $1 superd check -c $DIR/superd.toml | grep -o 'limit .*\|[0-9][0-9]* error.*'; }
        sleep 1000 &
        echo $! > $GROUP/cgroup.procs
        echo stranger: $(check inside)
        echo nobody: $(check as_nobody)
        kill $!
        until_ ended $!
        echo +memory > $GROUP/cgroup.subtree_control
        GROUP=$GROUP/inner; mkdir $GROUP
        echo no cpu: $(check inside)
        start
        echo run: $(grep -o 'error.*limit.*' $DIR/log)
        stop
        echo 'limit_best_effort = true' >> $DIR/services.d/cat.toml
        echo best effort: $(check inside)
        start
        echo run: $(grep -o 'warning: limit.*' $DIR/log)
        ask status cat | grep held
        echo served | nc 127.0.0.1 7801
        stop
        sed -i /best_effort/d $DIR/services.d/cat.toml
        WHOLE=/sys/fs/cgroup/whole; mkdir $WHOLE
        echo $$ > $GROUP/cgroup.procs
        GROUP=$WHOLE start
        echo of the running: $(superd check -c $DIR/superd.toml | grep -o '[0-9][0-9]* error.*')
        stop
        echo of the shell: $(superd check -c $DIR/superd.toml | grep -o '[0-9][0-9]* error.*')
        """;

    /// <summary>dd reads past the page cache.</summary>
    public const string Disk = """
        service reader <<X
        listen = "127.0.0.1:7901"
        user = "root"
        exec = ["/bin/dd", "if=/dev/ram0", "of=/dev/null", "bs=64k", "count=32", "iflag=direct"]
        limit = { io = "1M/s" }
        X
        start
        nc 127.0.0.1 7901 < /dev/null
        record reader
        stop
        """;

    /// <summary>
    /// The group's memory runs out again and again while programs are launched: a child before its execve counts as large as superd.
    /// </summary>
    public const string Flood = """
        service eater <<X
        listen = "127.0.0.1:7011"
        user = "nobody"
        exec = ["/bin/sh", "-c", "dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null"]
        limit_total = { memory = "4M" }
        X
        start
        for i in 1 2 3 4 5 6; do
            (for j in 1 2 3 4 5 6 7 8 9 10; do nc 127.0.0.1 7011 < /dev/null 2> /dev/null; done) &
        done
        flooded() { [ $(grep -c 'reason=memory' $DIR/log) -ge 40 ] || ended $SUPERD; }
        until_ flooded
        ended $SUPERD && echo superd has ended || echo superd lives
        stop
        """;
}
