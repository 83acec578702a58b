using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Systemd;
using SuperD.Tests.Support;

namespace SuperD.Tests.Importing;

/// <summary>The import of socket units with their services.</summary>
public sealed class SystemdImportTests
{
    private const string Accept = "ListenStream=9003\nAccept=yes", Program = "ExecStart=/bin/cat\nStandardInput=socket";

    private ImportSource _source = null!;

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [Test]
    public void A_drop_in_that_is_masked_counts_as_none_and_one_that_is_no_file_ends_the_import()
    {
        _source.Directory.Write("a.socket", "[Socket]\n" + Accept);
        _source.Directory.Write("a@.service", "[Service]\n" + Program);
        _source.Directory.MakeDirectory("a.socket.d");
        File.CreateSymbolicLink(_source.Directory["a.socket.d/10.conf"], "/dev/null");
        Assert.That(SystemdMapper.Import([_source.Directory["a.socket"]], _source.Report, new ImportHost()).Files, Has.Count.EqualTo(1));

        string fifo = _source.Directory["a.socket.d/20.conf"];
        Tool.Run("mkfifo", fifo);
        Assert.That(
            SystemdMapper.Import([_source.Directory["a.socket"]], _source.Report, new ImportHost()).Problem?.Text,
            Is.EqualTo($"{fifo} is a FIFO, not a regular file"));
        File.Delete(_source.Directory["a.socket"]);
        File.CreateSymbolicLink(_source.Directory["a.socket"], "/dev/null");
        Assert.That(
            SystemdMapper.Import([_source.Directory["a.socket"]], _source.Report, new ImportHost()).Problem?.Text,
            Does.EndWith("/a.socket is masked: a link to /dev/null"));
    }

    [TestCase("ListenStream=9003", "9003")]
    [TestCase("ListenStream=127.0.0.1:9003", "\"127.0.0.1:9003\"")]
    [TestCase("ListenStream=[::1]:9003", "\"[::1]:9003\"")]
    [TestCase("ListenStream=/run/x.sock", "\"unix:/run/x.sock\"")]
    [TestCase("ListenStream=@x", "\"unix:@x\"")]
    [TestCase("ListenDatagram=69", "\"udp://:69\"")]
    [TestCase("ListenStream=1\nListenStream=\nListenStream=2\nListenStream=3", "[2, 3]")]
    public void An_address_becomes_listen(string socket, string listen) =>
        Assert.That(_source.Systemd(socket + "\nAccept=yes", Program)["listen"], Is.EqualTo(listen));

    [TestCase(Accept, Program, "wait", null)]
    [TestCase("ListenStream=9003", Program, "wait", "true")]
    [TestCase(Accept, Program, "instances", "64")]
    [TestCase(Accept + "\nMaxConnections=3", Program, "instances", "3")]
    [TestCase("ListenStream=9003\nMaxConnections=3", Program, "instances", null)]
    [TestCase(Accept + "\nMaxConnectionsPerSource=2", Program, "per_source", "2")]
    [TestCase(Accept + "\nBacklog=10", Program, "backlog", "10")]
    [TestCase(Accept + "\nNoDelay=on", Program, "nodelay", "true")]
    [TestCase(Accept + "\nKeepAlive=false", Program, "keepalive", "false")]
    [TestCase(Accept + "\nKeepAlive=false\nKeepAliveProbes=3", Program, "keepalive", "false")]
    [TestCase(
        Accept + "\nKeepAlive=yes\nKeepAliveTimeSec=2min\nKeepAliveIntervalSec=500ms\nKeepAliveProbes=3",
        Program,
        "keepalive",
        "{ idle = \"2m\", interval = \"1s\", probes = 3 }")]
    [TestCase(Accept + "\nKeepAliveTimeSec=30", Program, "keepalive", "{ idle = \"30s\" }")]
    [TestCase(Accept + "\nKeepAlive=yes\nKeepAliveProbes=128", Program, "keepalive", "true")]
    [TestCase(Accept, Program + "\nSetLoginEnvironment=no", "login_env", "false")]
    [TestCase(
        Accept, Program + "\nEnvironment=A=%i", "env", "{ A = \"{conn}-{local_addr}:{local_port}-{peer_addr}:{peer_port}\" }")]
    [TestCase(Accept + "\nBindIPv6Only=ipv6-only", Program, "v6only", "true")]
    [TestCase(Accept + "\nBindIPv6Only=both", Program, "v6only", null)]
    [TestCase(Accept + "\nTriggerLimitBurst=20\nTriggerLimitIntervalSec=10s", Program, "rate", "\"2/s burst 20\"")]
    [TestCase(Accept + "\nTriggerLimitBurst=5\nTriggerLimitIntervalSec=1min", Program, "rate", "\"5/min burst 5\"")]
    [TestCase("ListenStream=/run/x\nAccept=yes", Program, "socket_mode", "\"0666\"")]
    [TestCase("ListenStream=/run/x\nAccept=yes\nSocketMode=0600\nSocketUser=a\nSocketGroup=b", Program, "socket_owner", "\"a:b\"")]
    [TestCase("ListenStream=/run/x\nAccept=yes\nSocketGroup=b", Program, "socket_owner", "\":b\"")]
    [TestCase(Accept, Program, "user", "\"root\"")]
    [TestCase(Accept, Program + "\nUser=a\nGroup=7", "group", "7")]
    [TestCase(Accept, Program + "\nSupplementaryGroups=a b\nSupplementaryGroups=c", "groups", "[\"a\", \"b\", \"c\"]")]
    [TestCase(Accept, Program + "\nUMask=0077", "umask", "\"077\"")]
    [TestCase(Accept, Program + "\nNice=-5", "nice", "-5")]
    [TestCase(Accept, Program + "\nWorkingDirectory=-/srv", "directory", "\"/srv\"")]
    [TestCase(Accept, Program + "\nRootDirectory=/jail", "chroot", "\"/jail\"")]
    [TestCase(Accept, Program + "\nEnvironment=A=1 \"B=x y\"\nEnvironment=C=3", "env", "{ A = \"1\", B = \"x y\", C = \"3\" }")]
    [TestCase(Accept, Program + "\nPassEnvironment=A B", "pass_env", "[\"A\", \"B\"]")]
    [TestCase(
        Accept,
        Program + "\nLimitNOFILE=1024:4096\nLimitCORE=infinity\nLimitCPU=1min 30s",
        "rlimit",
        "{ core = \"unlimited\", cpu = \"90s\", nofile = \"1024:4096\" }")]
    [TestCase(Accept, Program + "\nTimeoutStopSec=1min 30s", "stop_grace", "\"1m30s\"")]
    [TestCase(Accept, Program + "\nTimeoutSec=20", "stop_grace", "\"20s\"")]
    [TestCase(Accept, Program + "\nRuntimeMaxSec=30s", "run_timeout", "\"30s\"")]
    [TestCase(Accept, Program + "\nRuntimeMaxSec=infinity", "run_timeout", null)]
    [TestCase(Accept, Program + "\nKillMode=process", "orphans", "\"keep\"")]
    [TestCase(Accept, Program + "\nKillMode=none", "orphans", "\"keep\"")]
    [TestCase(Accept, Program + "\nKillMode=mixed", "orphans", "\"kill\"")]
    [TestCase(Accept, Program + "\nKillMode=control-group", "orphans", null)]
    [TestCase("ListenStream=9003", Program, "orphans", "\"kill\"")]
    [TestCase("ListenStream=9003", Program + "\nKillMode=process", "orphans", "\"keep\"")]
    [TestCase(Accept, Program + "\nOOMScoreAdjust=500", "oom_score_adj", "500")]
    [TestCase(Accept, Program + "\nCPUAffinity=0-1 3\nCPUAffinity=5", "cpu_affinity", "\"0-1,3,5\"")]
    [TestCase(Accept, Program + "\nAllowedCPUs=0,2", "cpu_affinity", "\"0,2\"")]
    [TestCase(Accept, Program + "\nEnvironment=A=1 B=2 C=3\nUnsetEnvironment=A B=2 C=4", "env", "{ C = \"3\" }")]
    [TestCase("ListenStream=9003\nTriggerLimitIntervalSec=10s", Program, "rate", "\"2/s burst 20\"")]
    [TestCase(Accept + "\nMaxConnectionsPerSource=0", Program, "per_source", null)]
    [TestCase(Accept + "\nIPAddressDeny=any\nIPAddressAllow=10.0.0.0/8", Program, "only_from", "\"10.0.0.0/8\"")]
    [TestCase(Accept + "\nIPAddressDeny=any\nIPAddressAllow=10.0.0.0/8", Program, "no_access", null)]
    [TestCase(Accept + "\nIPAddressDeny=any", Program, "only_from", "[]")]
    [TestCase(Accept + "\nIPAddressAllow=10.0.0.0/8", Program, "only_from", null)]
    [TestCase(Accept + "\nIPAddressDeny=10.1.2.3/8 2001:db8::1", Program, "no_access", "[\"10.0.0.0/8\", \"2001:db8::1\"]")]
    [TestCase(Accept + "\nIPAddressDeny=10.0.0.0/8", Program, "only_from", null)]
    [TestCase(Accept + "\nIPAddressDeny=0.0.0.0/0\nIPAddressAllow=localhost", Program, "only_from", "[\"::/0\", \"127.0.0.0/8\", \"::1\"]")]
    [TestCase(
        Accept + "\nIPAddressDeny=10.0.0.0/8\nIPAddressAllow=10.1.0.0/16",
        Program,
        "only_from",
        "[\"0.0.0.0/0\", \"::/0\", \"10.1.0.0/16\"]")]
    [TestCase(Accept + "\nIPAddressDeny=10.1.2.3\nIPAddressAllow=10.1.0.0/16", Program, "no_access", null)]
    [TestCase(Accept + "\nIPAddressDeny=any\nIPAddressAllow=10.1.0.0/16\nIPAddressDeny=", Program, "only_from", null)]
    [TestCase("ListenStream=/run/x\nAccept=yes\nIPAddressDeny=any", Program, "only_from", null)]
    [TestCase(Accept, Program, "stderr", "\"socket\"")]
    [TestCase(Accept, Program + "\nStandardError=journal", "stderr", null)]
    [TestCase(Accept, Program + "\nStandardError=null", "stderr", "\"null\"")]
    [TestCase(Accept, Program + "\nStandardOutput=inherit", "stderr", "\"socket\"")]
    [TestCase("ListenStream=9003", Program, "stderr", null)]
    public void A_directive_becomes_a_key(string socket, string service, string key, string? value)
    {
        ServiceFile file = _source.Systemd(socket, service);
        Assert.That(file[key], Is.EqualTo(value));
        Assert.That(file.Enabled, Is.True);
    }

    [TestCase("/bin/cat -u", "[\"/bin/cat\", \"-u\"]")]
    [TestCase("-/bin/cat 'a b' \"c\\\"d\" e\\x20f", "[\"/bin/cat\", \"a b\", \"c\\\"d\", \"e f\"]")]
    [TestCase("/bin/cat a \\\n  # between\n  b", "[\"/bin/cat\", \"a\", \"b\"]")]
    [TestCase("/bin/cat %p 100%% $$x", "[\"/bin/cat\", \"test\", \"100%\", \"$x\"]")]
    [TestCase("/bin/cat $OPTS x${ONE}y $NONE", "[\"/bin/cat\", \"-a\", \"-b\", \"x1y\"]")]
    [TestCase(":/bin/cat $OPTS", "[\"/bin/cat\", \"$OPTS\"]")]
    [TestCase("cat", "\"/usr/bin/cat\"")]
    public void A_command_line_becomes_exec(string command, string exec)
    {
        ServiceFile file = _source.Systemd(Accept, $"StandardInput=socket\nEnvironment=\"OPTS=-a -b\" ONE=1\nExecStart={command}");
        Assert.That(file["exec"], Is.EqualTo(exec));
    }

    [Test]
    public void The_word_after_an_at_sign_is_argv0()
    {
        ServiceFile file = _source.Systemd(Accept, "StandardInput=socket\nExecStart=@/bin/cat tac -x");
        Assert.That((file["exec"], file["argv0"]), Is.EqualTo(("[\"/bin/cat\", \"-x\"]", "\"tac\"")));
    }

    [Test]
    public void Without_StandardInput_socket_the_program_gets_descriptor_3()
    {
        ServiceFile file = _source.Systemd(Accept, "ExecStart=/usr/sbin/saned -x");
        Assert.That(
            file["exec"],
            Does.StartWith("[\"/bin/sh\", \"-c\", \"LISTEN_FDS=1 LISTEN_PID=$$").And.EndsWith("\"/usr/sbin/saned\", \"-x\"]"));
        Assert.That(_source.Notes, Has.Some.Contains("descriptor 3"));
    }

    [TestCase("ExecStart=/bin/cat %m", "%m is known only when systemd starts it")]
    [TestCase("ExecStart=/bin/%i", "%i is known only when systemd starts it")]
    [TestCase("ExecStart=/bin/cat $MAINPID", "known only when a client comes")]
    [TestCase("ExecStart=/bin/cat 'x", "its quotes are not closed")]
    [TestCase("ExecStart=/bin/a\nExecStart=/bin/b", "superd runs one program")]
    [TestCase("ExecStart=/bin/cat\nWorkingDirectory=~", "the user's home")]
    [TestCase("ExecStart=/bin/cat\nLimitNOFILE=many", "a number, 'infinity'")]
    [TestCase("ExecStart=/bin/cat\nType=forking", "the program goes to the background")]
    public void What_would_not_do_the_same_is_off_and_listed(string service, string note)
    {
        Assert.That(_source.Systemd(Accept, service + "\nStandardInput=socket").Enabled, Is.False);
        Assert.That(_source.Notes, Has.Some.Contains("not imported: ").And.Contains(note));
    }

    [TestCase("ListenSequentialPacket=/run/x")]
    [TestCase("ListenFIFO=/run/x")]
    [TestCase("ListenStream=vsock::1")]
    [TestCase("ListenDatagram=/run/x")]
    public void Other_kinds_of_sockets_are_off_and_listed(string socket)
    {
        Assert.That(_source.Systemd(socket + "\nAccept=yes", Program).Enabled, Is.False);
        Assert.That(_source.Notes, Has.Some.StartsWith($"test.socket:2: not imported: {socket.Split('=')[0]}: "));
    }

    [TestCase("NoNewPrivileges=yes", "less confinement")]
    [TestCase("ProtectSystem=strict", "less confinement")]
    [TestCase("MemoryHigh=100M", "superd has no such limit of a group of processes")]
    [TestCase("MemoryMax=10%", "limit.memory takes no such value")]
    [TestCase("KillMode=process\nTasksMax=5", "superd does not limit processes that it keeps")]
    [TestCase("ExecStartPre=/bin/true", "nothing but the program")]
    [TestCase("Frobnicate=1", "no key for it")]
    public void A_directive_without_a_counterpart_is_listed_with_the_reason(string line, string why)
    {
        _source.Systemd(Accept, Program + "\n" + line);
        Assert.That(_source.Notes, Has.Some.Contains($": not imported: {line.Split('\n')[^1]}: ").And.Contains(why));
    }

    [Test]
    public void Limits_of_an_instance_are_those_of_a_connection()
    {
        ServiceFile file = _source.Systemd(Accept, Program + "\nMemoryMax=64M\nTasksMax=20\nCPUQuota=50%");
        Assert.That(file["limit"], Is.EqualTo("{ memory = \"64M\", processes = 20, cpu = \"50%\" }"));
        Assert.That(_source.Systemd(Accept, Program + "\nMemoryMax=infinity")["limit"], Is.Null);
    }

    [Test]
    public void Drop_ins_come_after_the_unit()
    {
        _source.Directory.Write("test@.service.d/20.conf", "[Service]\nUser=later\n");
        _source.Directory.Write("test@.service.d/10.conf", "[Service]\nUser=sooner\nNice=3\n");
        ServiceFile file = _source.Systemd(Accept, Program + "\nUser=first");
        Assert.That((file["user"], file["nice"]), Is.EqualTo(("\"later\"", "3")));
        Assert.That(_source.Notes, Has.Some.EqualTo("test@.service:4: User: replaced or reset by another line"));
    }

    [Test]
    public void An_environment_file_is_read_once_if_everybody_may()
    {
        string open = _source.Directory.Write("open", "# a comment\nOPTS=\"-a -b\"\n", "644");
        string secret = _source.Directory.Write("secret", "PASSWORD=x\n", "600");
        ServiceFile file = _source.Systemd(
            Accept,
            $"EnvironmentFile={open}\nEnvironmentFile={secret}\nEnvironmentFile=-/no/such\nStandardInput=socket\nExecStart=/bin/cat $OPTS");
        Assert.That((file["exec"], file["env"]), Is.EqualTo(("[\"/bin/cat\", \"-a\", \"-b\"]", "{ OPTS = \"-a -b\" }")));
        Assert.That(_source.Notes.Count(note => note.Contains("note: EnvironmentFile: ")), Is.EqualTo(2));
        Assert.That(file.Reasons.Single(), Does.StartWith($"EnvironmentFile={secret} (").And.Contains("is not readable for everybody"));
    }

    [Test]
    public void A_unit_is_found_by_its_name_in_systemds_directories()
    {
        (List<ServiceFile>? files, ImportProblem? problem) = SystemdMapper.Import(["leafnode.socket"], _source.Report, ImportCorpus.Host);
        Assert.That((files?.Single().Name, problem), Is.EqualTo(("leafnode", (ImportProblem?)null)));
    }

    [TestCase("nosuch.socket", "there is no unit nosuch.socket in ")]
    [TestCase("cron.service", "cron.service is no socket unit")]
    public void A_unit_that_is_not_there_is_told(string unit, string message) =>
        Assert.That(SystemdMapper.Import([unit], _source.Report, ImportCorpus.Host).Problem?.Text, Does.StartWith(message));

    [TestCase("ListenStream=9003\nIPAddressDeny=any\nIPAddressAllow=10.0.0.0/8")]
    [TestCase("ListenDatagram=9003\nIPAddressDeny=10.0.0.0/8")]
    [TestCase(Accept + "\nIPAddressDeny=any\nIPAddressAllow=friend.example")]
    [TestCase(Accept + "\nMaxConnections=many")]
    [TestCase(Accept + "\nBindToDevice=eth0")]
    [TestCase("ListenStream=/run/x\nAccept=yes\nDirectoryMode=0700")]
    [TestCase(Accept + "\nPrivateNetwork=yes")]
    [TestCase(Accept + "\nTriggerLimitBurst=5\nTriggerLimitIntervalSec=forever")]
    public void What_narrows_access_and_cannot_be_kept_turns_the_service_off_with_the_reason(string socket)
    {
        ServiceFile file = _source.Systemd(socket, Program);
        string directive = socket.Split('\n').Last(line => !line.StartsWith("Listen", StringComparison.Ordinal)).Split('=')[0];
        Assert.That(file.Enabled, Is.False);
        Assert.That(file.Render(), Does.Match($"(?m)^# Off: (TriggerLimitBurst|IPAddressDeny|{directive})="));
        Assert.That(file.Render(), Does.Contain("\nenabled = false\n"));
    }

    [Test]
    public void Settings_with_the_same_reason_share_one_warning_at_the_top()
    {
        const string Settings = "\nNoNewPrivileges=yes\nProtectHome=no\nPrivateTmp=yes\nMemoryHigh=4\nMemoryHigh=infinity";
        ServiceFile file = _source.Systemd(Accept, Program + Settings);
        string[] warnings = [.. file.Render().ReplaceLineEndings(" ").Replace(" # ", " ").Split("Warning: ").Skip(1)];
        Assert.That(warnings, Has.Length.EqualTo(1), file.Render());
        Assert.That(warnings[0], Does.StartWith("NoNewPrivileges=yes (").And.Contain("), PrivateTmp=yes (").And.Not.Contain("ProtectHome"));
        Assert.That(file.Enabled, Is.True);
    }

    [Test]
    public void The_lists_of_a_service_unit_are_for_the_programs_own_connections()
    {
        ServiceFile file = _source.Systemd(Accept, Program + "\nIPAddressDeny=any");
        Assert.That((file.Enabled, file["only_from"]), Is.EqualTo((true, (string?)null)));
        Assert.That(file.Render(), Does.Contain("# Warning: IPAddressDeny=any (").And.Contain("if clients were meant write"));
    }

    [Test]
    public void An_instance_is_read_from_its_template_with_the_drop_ins_of_both()
    {
        _source.Directory.Write("echo@.socket", "[Socket]\nListenStream=/run/%p-%i.sock\nSocketUser=%i\nAccept=no\n");
        _source.Directory.Write(
            "echo@.service", "[Unit]\nDescription=%p for %I\n[Service]\nUser=%i\nExecStart=/bin/echo %i %I %j %P %n %N %f %t %u %h %%\n");
        _source.Directory.Write("echo@.service.d/10.conf", "[Service]\nNice=1\n");
        _source.Directory.Write("echo@a-b.service.d/20.conf", "[Service]\nNice=2\n");
        _source.Directory.Write("service.d/05.conf", "[Service]\nNice=3\nUMask=077\n");
        ServiceFile file = ImportUnit("echo@a-b.socket");
        Assert.That(
            (file.Name, file["listen"], file["socket_owner"], file["user"], file["nice"], file["umask"]),
            Is.EqualTo(("echo@a-b", "\"unix:/run/echo-a-b.sock\"", "\"a-b\"", "\"a-b\"", "2", "\"077\"")));
        Assert.That(file["description"], Is.EqualTo("\"echo for a/b\""));
        Assert.That(
            file["exec"],
            Is.EqualTo(
                "[\"/bin/echo\", \"a-b\", \"a/b\", \"echo\", \"echo\", \"echo@a-b.service\", \"echo@a-b\", \"/a/b\", \"/run\", "
                + "\"root\", \"/root\", \"%\"]"));
        Assert.That(file.Enabled, Is.True);
    }

    [Test]
    public void The_connection_is_the_instance_with_Accept()
    {
        _source.Directory.Write("echo@.socket", "[Socket]\nListenStream=/run/%i\nAccept=yes\n");
        _source.Directory.Write("echo@.service", "[Service]\nStandardInput=socket\nExecStart=/bin/echo %p\n");
        Assert.That(ImportUnit("echo@one.socket")["listen"], Is.EqualTo("\"unix:/run/one\""));
        _source.Directory.Write("echo@.service", "[Service]\nStandardInput=socket\nExecStart=/bin/echo %i\n");
        Assert.That(ImportUnit("echo@one.socket")["exec"], Is.EqualTo("[\"/bin/echo\", \"{conn}-{peer_addr}\"]"));
    }

    [Test]
    public void What_differs_from_client_to_client_becomes_placeholders() =>
        Assert.That(
            _source.Systemd(
                Accept, "ExecStart=/bin/echo -i=%i ${REMOTE_ADDR}:${REMOTE_PORT} $REMOTE_PORT\nStandardInput=socket")["exec"],
            Is.EqualTo(
                "[\"/bin/echo\", \"-i={conn}-{local_addr}:{local_port}-{peer_addr}:{peer_port}\", "
                + "\"{peer_addr}:{peer_port}\", \"{peer_port}\"]"));

    [Test]
    public void A_template_without_instance_is_told()
    {
        string file = _source.Directory.Write("echo@.socket", "[Socket]\nListenStream=1\n");
        Assert.That(
            SystemdMapper.Import([file], _source.Report, ImportCorpus.Host).Problem?.Text,
            Is.EqualTo($"{file} is a template: name an instance of it, such as echo@NAME.socket"));
    }

    private ServiceFile ImportUnit(string unit) =>
        SystemdMapper.Import([_source.Directory[unit]], _source.Report, ImportCorpus.Host).Files!.Single(); // the files are there

    [TestCase("StandardOutput=socket", "exec \\\"$0\\\" \\\"$@\\\" 0</dev/null", "\"socket\"")]
    [TestCase("StandardOutput=socket\nStandardError=journal", "exec \\\"$0\\\" \\\"$@\\\" 0</dev/null", null)]
    [TestCase("StandardError=socket", "exec \\\"$0\\\" \\\"$@\\\" 0</dev/null 3>&1 1>&2 2>&3 3>&-", null)]
    [TestCase("StandardOutput=null\nStandardError=socket", "exec \\\"$0\\\" \\\"$@\\\" 0</dev/null 2>&1 1>/dev/null", null)]
    public void A_socket_that_is_only_output_is_not_descriptor_3(string streams, string command, string? stderr)
    {
        ServiceFile file = _source.Systemd(Accept, $"ExecStart=/bin/echo hello\n{streams}");
        Assert.That(
            (file["exec"], file["stderr"]), Is.EqualTo(($"[\"/bin/sh\", \"-c\", \"{command}\", \"/bin/echo\", \"hello\"]", stderr)));
        Assert.That(_source.Notes, Has.None.Contains("StandardOutput: superd's log"));
    }

    [TestCase("ListenStream=127.0.0.1:9003\nAccept=no", "StandardInput=null\nStandardOutput=socket", "StandardOutput")]
    [TestCase(Accept, "StandardInput=file:/etc/motd\nStandardOutput=socket", "StandardInput")]
    public void A_stream_that_superd_does_not_make_is_listed(string socket, string streams, string directive)
    {
        _source.Systemd(socket, $"ExecStart=/bin/cat\n{streams}");
        Assert.That(_source.Notes, Has.Exactly(1).Contains($": not imported: {directive}"));
    }

    [TestCase("ListenDatagram=BASTION_IP:69", "\"udp://127.0.0.1:69\"", "'BASTION_IP' is no address")]
    [TestCase("ListenStream=localhost:80", "\"127.0.0.1:80\"", "'localhost' is no address")]
    [TestCase("ListenStream=127.0.0.1:http", null, "'http' is no port")]
    [TestCase("ListenStream=[fe80::1%%eth0]:80", null, "'%'")]
    [TestCase("ListenStream=80000", null, "'80000' is no port")]
    [TestCase("ListenStream=vsock::22", null, "vsock")]
    [TestCase("ListenDatagram=/run/x", null, "a Unix-domain datagram socket")]
    public void An_address_that_is_none_is_told_with_the_word_that_is_wrong(string listen, string? written, string why)
    {
        ServiceFile file = _source.Systemd(listen + "\nAccept=yes", Program);
        Assert.That((file["listen"], file.Enabled), Is.EqualTo((written, false)));
        Assert.That(_source.Notes, Has.Exactly(1).StartsWith($"test.socket:2: not imported: {listen.Split('=')[0]}: ").And.Contain(why));
    }

    [TestCase("/bin/sh", false)]
    [TestCase("/usr/bin/python3 -u", false)]
    [TestCase("/bin/sh /srv/x.sh", true)]
    public void An_interpreter_that_reads_its_program_from_the_client_is_off(string command, bool isOn) =>
        Assert.That(_source.Systemd(Accept, $"StandardInput=socket\nExecStart={command}").Enabled, Is.EqualTo(isOn));
}
