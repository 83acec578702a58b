using System.Text;

namespace SuperD.Linux;

/// <summary>A child as data: the system calls it makes between clone and execve, in their order, and what they point to.</summary>
/// <remarks>
/// Built once per service, then copied by each launch. Each method adds the next step; a step that fails ends
/// the launch under the step's name. The memory is pinned and lives as long as the plan does.
/// </remarks>
public sealed unsafe class LaunchPlan
{
    internal const int CLOCK_MONOTONIC = 1;

    /// <summary>The variable that must hold the handler's own pid; its value is written by the child itself.</summary>
    private const string ListenPidPrefix = "LISTEN_PID=";

    /// <summary>Room for a pid in decimal and the final NUL.</summary>
    private const int PidLength = 11;

    private const int CLOSE_RANGE_UNSHARE = 2;
    private const int PRIO_PROCESS = 0;
    private const int PR_CAP_AMBIENT = 47;
    private const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    private readonly List<LaunchStep> _steps = [];
    private readonly List<string> _names = [];
    private readonly List<(int Step, int Argument, LaunchValue Value)> _values = [];
    private readonly List<byte[]> _memory = [];
    private readonly List<nint> _environment = [];

    /// <summary>Every signal that has an action.</summary>
    public static IEnumerable<int> AllSignals { get; } = [.. Enumerable.Range(1, 64).Except([Signal.SIGKILL, Signal.SIGSTOP])];

    internal ReadOnlySpan<LaunchStep> Steps => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_steps);

    internal ReadOnlySpan<(int Step, int Argument, LaunchValue Value)> Values =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_values);

    /// <summary>The variables that are the same for every launch, as NAME=VALUE pointers.</summary>
    internal ReadOnlySpan<nint> Environment => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_environment);

    /// <summary>Whether the child must not share superd's memory, see <see cref="SetOomScore"/>.</summary>
    internal bool HasOwnMemory { get; private set; }

    /// <summary>The NOFILE limit of <see cref="RestoreOpenFiles"/>.</summary>
    internal LibC.rlimit OpenFiles { get; private set; }

    /// <summary>True when the child writes its pid into its environment.</summary>
    internal bool HasOwnPid { get; private set; }

    /// <summary>What the failure of a step is called: <c>setgid(1234)</c>.</summary>
    internal string NameOf(int step) => _names[step];

    /// <summary>Adds a variable to the environment of every launch.</summary>
    public void SetEnvironment(string name, string value) => _environment.Add(Text($"{name}={value}"));

    /// <summary>Gives the child a descriptor table of its own that holds only what is at or below the slots. Must be the first step.</summary>
    /// <remarks>Until then it shares superd's, which is why the cost of a launch does not grow with the number of open descriptors.</remarks>
    public void UnshareDescriptors() =>
        Add("close_range(unshare)", SystemCallNumber.CloseRange, (0, LaunchValue.AboveSlots), a1: uint.MaxValue, a2: CLOSE_RANGE_UNSHARE);

    /// <summary>Puts the socket at a descriptor number.</summary>
    public void PlaceSocket(int descriptor) =>
        Add($"dup2(socket, {descriptor})", SystemCallNumber.Dup2, (0, LaunchValue.SocketSlot), a1: descriptor);

    /// <summary>Puts the launch's stderr at descriptor 2; /dev/null when the launch is given none.</summary>
    public void PlaceStderr() => Add("dup2(stderr, 2)", SystemCallNumber.Dup2, (0, LaunchValue.StderrSlot), a1: 2);

    /// <summary>Puts the open program that <see cref="ExecuteOpen"/> executes, given in the place of the launch's stderr, at a descriptor number.</summary>
    public void PlaceProgram(int descriptor) =>
        Add($"dup3(program, {descriptor})", SystemCallNumber.Dup3, (0, LaunchValue.StderrSlot), a1: descriptor, a2: LibC.O_CLOEXEC);

    /// <summary>Closes every descriptor from this number up.</summary>
    public void CloseDescriptorsFrom(int first) => Add($"close_range({first})", SystemCallNumber.CloseRange, first, uint.MaxValue);

    /// <summary>setpgid(0, 0): a process group of its own.</summary>
    public void OwnProcessGroup() => Add("setpgid", SystemCallNumber.Setpgid);

    /// <summary>setsid(): a session of its own, without a terminal.</summary>
    public void OwnSession() => Add("setsid", SystemCallNumber.Setsid);

    /// <summary>Sets signals to their default action: execve would keep those ignored that are, and a handler of this process must not run in the child.</summary>
    public void DefaultSignals(IEnumerable<int> signals)
    {
        foreach (int signal in signals)
        {
            DefaultSignal(signal);
        }
    }

    /// <summary>Sets a signal to its default action.</summary>
    public void DefaultSignal(int signal)
    {
        // A zeroed struct sigaction: SIG_DFL, no flags, empty mask.
        nint action = Allocate(LibC.KernelSigactionSize);
        Add($"rt_sigaction({signal})", SystemCallNumber.RtSigaction, signal, action, 0, LibC.KernelSignalSetSize);
    }

    /// <summary>Sets a resource limit.</summary>
    public void SetLimit(ResourceLimit limit)
    {
        nint value = Allocate(sizeof(LibC.rlimit));
        *(LibC.rlimit*)value = new LibC.rlimit { rlim_cur = limit.Soft, rlim_max = limit.Hard };
        Add($"setrlimit({limit.Resource})", SystemCallNumber.Prlimit64, 0, (long)limit.Resource, value);
    }

    /// <summary>Sets the NOFILE limit to what it was when superd was started; lower where superd's own hard limit has been lowered since (prlimit(1)).</summary>
    public void RestoreOpenFiles(ulong soft, ulong hard)
    {
        OpenFiles = new LibC.rlimit { rlim_cur = soft, rlim_max = hard };
        Add("setrlimit(OpenFiles)", SystemCallNumber.Prlimit64, (2, LaunchValue.OpenFiles), a1: (long)Resource.OpenFiles);
    }

    /// <summary>Sets the execution domain, see personality(2).</summary>
    public void SetPersonality(uint personality) => Add($"personality({personality:x})", SystemCallNumber.Personality, personality);

    /// <summary>Sets the ordinary scheduling policy. Before the nice value.</summary>
    public void OrdinaryScheduling() =>
        Add("sched_setscheduler(SCHED_OTHER)", SystemCallNumber.SchedSetscheduler, 0, LibC.SCHED_OTHER, Allocate(sizeof(int)));

    /// <summary>Sets the processors it runs on.</summary>
    public void SetAffinity(ProcessorSet processors)
    {
        int bytes = processors.Words.Length * sizeof(ulong);
        nint mask = Allocate(bytes);
        processors.Words.AsSpan().CopyTo(new Span<ulong>((void*)mask, processors.Words.Length));
        Add($"sched_setaffinity({processors})", SystemCallNumber.SchedSetaffinity, 0, bytes, mask);
    }

    /// <summary>Sets the <see cref="OomScore"/>. After <see cref="CloseDescriptorsFrom"/> and before a new root and new credentials: it needs /proc.</summary>
    /// <remarks>
    /// The kernel gives the new value to every process with the same memory (__set_oom_adj): superd itself, and children of other services that
    /// have not executed yet. So a child that sets it gets memory of its own, a copy of superd's, which makes its launch dearer.
    /// </remarks>
    /// <param name="descriptor">The lowest one that is free: the file is open at it from here to execve.</param>
    public void SetOomScore(int adjustment, int descriptor)
    {
        HasOwnMemory = true;
        string text = adjustment.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Add($"open({OomScore.OwnFile})", SystemCallNumber.Open, Text(OomScore.OwnFile), LibC.O_WRONLY | LibC.O_CLOEXEC);
        Add($"write({OomScore.OwnFile}, {text})", SystemCallNumber.Write, descriptor, Text(text), text.Length);
    }

    /// <summary>Sets the nice value, -20 to 19.</summary>
    public void SetNice(int nice) => Add($"setpriority({nice})", SystemCallNumber.Setpriority, PRIO_PROCESS, 0, nice);

    /// <summary>Sets the file mode creation mask.</summary>
    public void SetUmask(int mask) => Add("umask", SystemCallNumber.Umask, mask);

    /// <summary>Changes the root directory; the working directory must be changed after it.</summary>
    public void ChangeRoot(string path) => Add($"chroot({path})", SystemCallNumber.Chroot, Text(path));

    /// <summary>Changes the working directory.</summary>
    public void ChangeDirectory(string path) => Add($"chdir({path})", SystemCallNumber.Chdir, Text(path));

    /// <summary>Sets groups, group and user, in the order that works; the process can do nothing privileged after it.</summary>
    /// <remarks>Raw calls: glibc's own would signal every thread of this process, whose memory the child still shares.</remarks>
    public void SetCredentials(Credentials credentials)
    {
        nint groups = Allocate(Math.Max(1, credentials.Groups.Length) * sizeof(uint));
        for (int i = 0; i < credentials.Groups.Length; i++)
        {
            ((uint*)groups)[i] = credentials.Groups[i];
        }

        long gid = credentials.GroupId;
        long uid = credentials.UserId;
        Add("setgroups", SystemCallNumber.Setgroups, credentials.Groups.Length, groups);
        Add($"setgid({gid})", SystemCallNumber.Setresgid, gid, gid, gid);
        Add($"setuid({uid})", SystemCallNumber.Setresuid, uid, uid, uid);
    }

    /// <summary>Gives up ambient capabilities. After the credentials.</summary>
    /// <remarks>
    /// From root to a user the kernel drops all capabilities. From one user to another, and where the user stays the same, it keeps those
    /// a service manager gave superd as ambient ones: a handler could bind any port, or become any user, with them.
    /// </remarks>
    public void DropAmbientCapabilities() =>
        Add("prctl(clear ambient capabilities)", SystemCallNumber.Prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);

    /// <summary>Sets LISTEN_PID to the child's own pid. Before a chroot: it needs /proc.</summary>
    /// <remarks>Nothing in a list of system calls can format a number; but reading the link /proc/self yields the pid in decimal.</remarks>
    public void SetListenPid()
    {
        HasOwnPid = true;
        Add("readlink(/proc/self)", SystemCallNumber.Readlink, (1, LaunchValue.OwnPid), a0: Text("/proc/self"), a2: PidLength - 1);
    }

    /// <summary>Unblocks every signal; they were blocked for the launch.</summary>
    public void ClearSignalMask()
    {
        nint empty = Allocate(LibC.KernelSignalSetSize);
        Add("rt_sigprocmask", SystemCallNumber.RtSigprocmask, LibC.SIG_SETMASK, empty, 0, LibC.KernelSignalSetSize);
    }

    /// <summary>Takes down the time; right before the program is executed.</summary>
    public void TakeTime() => Add("clock_gettime", SystemCallNumber.ClockGettime, (1, LaunchValue.ExecuteTime), a0: CLOCK_MONOTONIC);

    /// <summary>Becomes the program. Must be the last step.</summary>
    /// <param name="path">An absolute path, inside the new root when there is one.</param>
    /// <param name="arguments">argv, argv[0] included.</param>
    public void Execute(string path, IReadOnlyList<string> arguments) =>
        Add("execve", SystemCallNumber.Execve, (2, LaunchValue.Environment), a0: Text(path), a1: Pointers(arguments));

    /// <summary>Becomes the program that is open at a descriptor number, see <see cref="PlaceProgram"/>. In the place of <see cref="Execute"/>.</summary>
    /// <remarks>A program by itself: an interpreter would have to open a script by the descriptor, which is closed by then.</remarks>
    public void ExecuteOpen(int descriptor, IReadOnlyList<string> arguments) =>
        Add("execve", SystemCallNumber.Execveat, (3, LaunchValue.Environment), a0: descriptor, a1: Text(string.Empty), a2: Pointers(arguments), a4: LibC.AT_EMPTY_PATH);

    /// <summary>Adds <c>LISTEN_PID=</c> with room for the pid to a block; returns where in the block the pid goes.</summary>
    internal static int AddListenPid(EnvironmentBlock block)
    {
        Span<byte> text = stackalloc byte[ListenPidPrefix.Length + PidLength];
        text.Clear();
        int prefix = Encoding.UTF8.GetBytes(ListenPidPrefix, text);
        return block.AddRaw(text) + prefix;
    }

    private void Add(string name, long number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0)
    {
        _names.Add(name);
        _steps.Add(new LaunchStep { Number = number, A0 = a0, A1 = a1, A2 = a2, A3 = a3, A4 = a4 });
    }

    private void Add(string name, long number, (int Argument, LaunchValue Value) late, long a0 = 0, long a1 = 0, long a2 = 0, long a4 = 0)
    {
        _values.Add((_steps.Count, late.Argument, late.Value));
        Add(name, number, a0, a1, a2, a4: a4);
    }

    /// <summary>Texts as execve takes them: pointers, the last one null.</summary>
    private nint Pointers(IReadOnlyList<string> texts)
    {
        nint pointers = Allocate((texts.Count + 1) * sizeof(nint));
        for (int i = 0; i < texts.Count; i++)
        {
            ((nint*)pointers)[i] = Text(texts[i]);
        }

        return pointers;
    }

    private nint Text(string text)
    {
        nint memory = Allocate(Encoding.UTF8.GetByteCount(text) + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>((void*)memory, Encoding.UTF8.GetByteCount(text)));
        return memory;
    }

    private nint Allocate(int bytes)
    {
        // Pinned and zeroed; freed with the plan, by the garbage collector.
        byte[] memory = GC.AllocateArray<byte>(bytes, pinned: true);
        _memory.Add(memory);
        return (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref memory[0]);
    }
}
