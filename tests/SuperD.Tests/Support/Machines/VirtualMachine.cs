using System.Text.RegularExpressions;
using NUnit.Framework;

namespace SuperD.Tests.Support.Machines;

/// <summary>A virtual machine with Debian's kernel, busybox and a native superd; it runs shell scripts and is gone.</summary>
/// <remarks>
/// All controllers of cgroup v2 are there, which the machine of the tests may lack, and the kernel is an old one. The processor is
/// emulated: a start takes five seconds, and programs run about 50 times slower than here. Therefore one machine runs many scenarios.
/// </remarks>
internal sealed class VirtualMachine
{
    /// <summary>What scripts may call; the file is sourced by each.</summary>
    private const string Library = """
        # The cgroup that superd is started in, with all controllers, as if systemd had delegated it.
        # SUBGROUP=/main is systemd's DelegateSubgroup=.
        GROUP=/sys/fs/cgroup/${DIR##*/}
        mkdir $GROUP
        # inside COMMAND...: runs it in the cgroup; as_nobody COMMAND...: and as user nobody
        inside() { sh -c 'echo $$ > $0/cgroup.procs; exec "$@"' $GROUP$SUBGROUP "$@"; }
        as_nobody() { inside su -s /bin/sh nobody -c "exec $*"; }
        # service NAME: stdin is its file
        service() { mkdir -p $DIR/services.d; cat > $DIR/services.d/$1.toml; }
        # until COMMAND...: waits until it succeeds
        until_() {
            n=0
            while ! "$@"; do
                n=$((n + 1))
                [ $n -lt 2000 ] || { echo "waited in vain: $*"; tail -n 20 $DIR/log; exit 1; }
                usleep 50000
            done
        }
        logged() { grep -q "$1" $DIR/log; }
        gone() { ! [ -e $1 ]; }
        ended() { ! grep -qs ') [^Z] ' /proc/$1/stat; }
        # hold PORT: a client that stays
        hold() { sleep 1000 | nc 127.0.0.1 $1 > /dev/null 2>&1 & }
        record() { until_ logged "end $1"; grep -o "end $1.*" $DIR/log | head -n 1; }
        # start [as_nobody]: superd; its pid is $SUPERD
        start() {
            printf '%s\n[control]\nsocket = "%s/socket"\n' "$TOP" $DIR > $DIR/superd.toml
            : > $DIR/log
            ${1:-inside} superd run -c $DIR/superd.toml 2>> $DIR/log &
            until_ logged ' ready '
            SUPERD=$(sed -n 's/.* start superd .*pid=\([0-9]*\).*/\1/p' $DIR/log | tail -n 1)
        }
        ask() { superd "$@" -c $DIR/superd.toml; }
        stop() { kill $SUPERD; until_ ended $SUPERD; }
        """;

    private const string Init = """
        #!/bin/busybox sh
        # A root that is mounted, which the first file system is not: a jail's root takes its place.
        if [ -z "$MOUNTED" ]; then
            /bin/busybox mkdir /new
            /bin/busybox mount -t tmpfs -o mode=755 new /new
            for file in /*; do [ $file = /new ] || /bin/busybox cp -a $file /new; done
            MOUNTED=yes exec /bin/busybox switch_root /new /init
        fi
        /bin/busybox --install -s /bin
        export PATH=/bin HOME=/root
        mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp; mount -t tmpfs run /run
        mount -t securityfs sec /sys/kernel/security
        mkdir -p /dev/shm /dev/pts /var/tmp; mount -t tmpfs shm /dev/shm; mount -t devpts pts /dev/pts
        chmod 1777 /tmp /var/tmp /dev/shm
        mount -t cgroup2 cgroup /sys/fs/cgroup && echo '+memory +pids +cpu +io' > /sys/fs/cgroup/cgroup.subtree_control
        ip link set lo up
        for scenario in $(cat /scenarios/order); do
            echo "@@ begin $scenario"
            DIR=/run/$scenario; mkdir $DIR
            DIR=$DIR timeout -s KILL 300 sh -c '. /scenarios/library; . /scenarios/'$scenario 2>&1 < /dev/null
            echo "@@ end $scenario $?"
        done
        poweroff -f
        """;

    private readonly List<(string Name, string Script)> _scenarios = [];
    private readonly List<string> _modules = [];
    private readonly CpioArchive _files = new();
    private readonly VirtualKernel _kernel = new();

    public VirtualMachine()
    {
        string superd = Needs.NativeSuperd();
        _files.AddFile("bin/busybox", File.ReadAllBytes(_kernel.Busybox));
        AddProgram("bin/superd", superd);
        _files.AddFile("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n");
        _files.AddFile("etc/group", "root:x:0:\nnogroup:x:65534:\n");
        foreach (string directory in (string[])["proc", "sys", "dev", "tmp", "run", "root", "srv", "home", "opt", "sbin", "usr/bin"])
        {
            _files.AddDirectory(directory);
        }
    }

    /// <summary>The compiler for its programs.</summary>
    public Toolchain Toolchain => _kernel.Toolchain;

    /// <summary>Adds a script, which runs after those before it.</summary>
    public void Add(string name, string script) => _scenarios.Add((name, script));

    /// <summary>Adds a program with the shared libraries it needs.</summary>
    public void AddProgram(string path, string source)
    {
        _files.AddFile(path, File.ReadAllBytes(source));
        foreach ((string library, string file) in _kernel.LibrariesOf(source))
        {
            _files.AddFile(library, File.ReadAllBytes(file));
        }
    }

    /// <summary>Adds a module of its kernel, and loads it before the first script.</summary>
    /// <param name="path">Below the directory of the modules: <c>kernel/drivers/block/brd.ko</c>.</param>
    /// <param name="parameters">Its parameters.</param>
    public void AddModule(string path, string parameters)
    {
        _files.AddFile($"modules/{Path.GetFileName(path)}", File.ReadAllBytes(_kernel.Module(path)));
        _modules.Add($"insmod /modules/{Path.GetFileName(path)} {parameters}\n");
    }

    /// <summary>Runs the machine to its end.</summary>
    /// <param name="kernelOptions">Added to its command line: <c>lsm=yama</c>.</param>
    /// <returns>What each script has written, by its name; a script that has failed says so in its last line.</returns>
    public Dictionary<string, string> Run(string kernelOptions = "")
    {
        _files.AddFile("init", Init.Replace("ip link", string.Concat(_modules) + "ip link"));
        _files.AddFile("scenarios/library", Library);
        _files.AddFile("scenarios/order", string.Join('\n', _scenarios.Select(scenario => scenario.Name)));
        foreach ((string name, string script) in _scenarios)
        {
            _files.AddFile($"scenarios/{name}", script);
        }

        using var directory = new TempDir();
        File.WriteAllBytes(directory["files"], _files.ToBytes());
        string console = Boot(directory["files"], kernelOptions);
        var outputs = new Dictionary<string, string>();
        foreach (Match match in Regex.Matches(console, @"@@ begin (\S+)\n(.*?)@@ end \1 (\d+)\n", RegexOptions.Singleline))
        {
            string status = match.Groups[3].Value;
            outputs[match.Groups[1].Value] = match.Groups[2].Value + (status == "0" ? "" : $"the script ended with {status}\n");
        }

        foreach ((string name, _) in _scenarios)
        {
            outputs.TryAdd(name, $"the machine ended before; its console:\n{console[^Math.Min(console.Length, 5000)..]}");
        }

        return outputs;
    }

    private string Boot(string files, string kernelOptions)
    {
        using var machine = new RunningProgram(
            _kernel.Emulator,
            [
                .. _kernel.Arguments, "-accel", "tcg", "-m", "512", "-nographic", "-nodefaults", "-no-reboot", "-serial", "stdio",
                "-initrd", files, "-append", $"console={_kernel.Console} loglevel=1 cgroup_no_v1=all panic=-1 {kernelOptions}",
            ]);
        ProgramResult result = machine.WaitForResult(TimeSpan.FromMinutes(10)); // a bound against hanging
        Assert.That(result.ExitCode, Is.Zero, $"qemu: {result.StandardError}");
        return result.StandardOutput.Replace("\r\n", "\n");
    }
}
