using System.Text;

namespace SuperD.Linux;

/// <summary>A child as data: the system calls it makes between clone and execve, in order, and the memory they point to.</summary>
/// <remarks>
/// Built once per service and copied by each launch. Each method adds the next step; a step that fails ends the launch, and the error
/// carries the step's name. The memory is pinned and lives as long as the plan.
/// </remarks>
public sealed unsafe partial class LaunchPlan
{
    internal const int CLOCK_MONOTONIC = 1;

    /// <summary>The variable that holds the handler's own pid; the child itself writes the value.</summary>
    private const string ListenPidPrefix = "LISTEN_PID=";

    /// <summary>A pid in decimal and the final NUL.</summary>
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
    private readonly List<nint> _arguments = [];

    /// <summary>Every signal whose action can be changed.</summary>
    public static IEnumerable<int> AllSignals { get; } = [.. Enumerable.Range(1, 64).Except([Signal.SIGKILL, Signal.SIGSTOP])];

    /// <summary>The system calls, without the values known only at launch.</summary>
    internal ReadOnlySpan<LaunchStep> Steps => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_steps);

    /// <summary>The arguments to fill in at launch: step index, argument index, value.</summary>
    internal ReadOnlySpan<(int Step, int Argument, LaunchValue Value)> Values =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_values);

    /// <summary>The variables common to all launches, as pointers to NAME=VALUE.</summary>
    internal ReadOnlySpan<nint> Environment => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_environment);

    /// <summary>The arguments common to all launches, of <see cref="ExecuteWithMore"/>.</summary>
    internal ReadOnlySpan<nint> Arguments => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_arguments);

    /// <summary>Whether each launch must add variables or arguments of its own, which the plan lacks.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Whether the child must not share superd's memory; see <see cref="SetOomScore"/>.</summary>
    public bool HasOwnMemory { get; set; }

    /// <summary>The NOFILE limit of <see cref="RestoreOpenFiles"/>.</summary>
    internal LibC.rlimit OpenFiles { get; private set; }

    /// <summary>True when the child writes its pid into its environment.</summary>
    internal bool HasOwnPid { get; private set; }

    /// <summary>The name of a step in an error: <c>setgid(1234)</c>.</summary>
    internal string NameOf(int step) => _names[step];

    /// <summary>Adds a variable to the environment of every launch.</summary>
    public void SetEnvironment(string name, string value) => _environment.Add(Text($"{name}={value}"));

    /// <summary>Gives the child its own descriptor table with only the descriptors up to its slots. Must be the first step.</summary>
    /// <remarks>Until then it shares superd's table, so the cost of a launch does not grow with the number of open descriptors.</remarks>
    public void UnshareDescriptors() =>
        Add("close_range(unshare)", SystemCallNumber.CloseRange, (0, LaunchValue.AboveSlots), a1: uint.MaxValue, a2: CLOSE_RANGE_UNSHARE);

    /// <summary>Places the socket at a descriptor number.</summary>
    public void PlaceSocket(int descriptor) =>
        Add($"dup3(socket, {descriptor})", SystemCallNumber.Dup3, (0, LaunchValue.SocketSlot), a1: descriptor);

    /// <summary>Places the launch's stderr at descriptor 2; /dev/null when the launch has none.</summary>
    public void PlaceStderr() => Add("dup3(stderr, 2)", SystemCallNumber.Dup3, (0, LaunchValue.StderrSlot), a1: 2);

    /// <summary>Places the open program of <see cref="ExecuteOpen"/> at a descriptor number. The launch passes it as its stderr.</summary>
    public void PlaceProgram(int descriptor) =>
        Add($"dup3(program, {descriptor})", SystemCallNumber.Dup3, (0, LaunchValue.StderrSlot), a1: descriptor, a2: LibC.O_CLOEXEC);

    /// <summary>Closes every descriptor from this number on.</summary>
    public void CloseDescriptorsFrom(int first) => Add($"close_range({first})", SystemCallNumber.CloseRange, first, uint.MaxValue);

    /// <summary>setpgid(0, 0): the child's own process group.</summary>
    public void OwnProcessGroup() => Add("setpgid", SystemCallNumber.Setpgid);

    /// <summary>setsid(): the child's own session, without a terminal.</summary>
    public void OwnSession() => Add("setsid", SystemCallNumber.Setsid);

    /// <summary>Resets signals to their default actions.</summary>
    /// <remarks>execve would keep ignored signals ignored, and superd's own signal handlers must not run in the child.</remarks>
    public void DefaultSignals(IEnumerable<int> signals)
    {
        foreach (int signal in signals)
        {
            DefaultSignal(signal);
        }
    }

    /// <summary>Resets a signal to its default action.</summary>
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

    /// <summary>Restores the NOFILE limit of superd's start; a lower one if superd's hard limit was lowered since (prlimit(1)).</summary>
    public void RestoreOpenFiles(ulong soft, ulong hard)
    {
        OpenFiles = new LibC.rlimit { rlim_cur = soft, rlim_max = hard };
        Add("setrlimit(OpenFiles)", SystemCallNumber.Prlimit64, (2, LaunchValue.OpenFiles), a1: (long)Resource.OpenFiles);
    }

    /// <summary>Sets the execution domain, see personality(2).</summary>
    public void SetPersonality(uint personality) => Add($"personality({personality:x})", SystemCallNumber.Personality, personality);

    /// <summary>Resets the scheduling policy to SCHED_OTHER. Must come before the nice value.</summary>
    public void OrdinaryScheduling() =>
        Add("sched_setscheduler(SCHED_OTHER)", SystemCallNumber.SchedSetscheduler, 0, LibC.SCHED_OTHER, Allocate(sizeof(int)));

    /// <summary>Sets the CPU affinity.</summary>
    public void SetAffinity(ProcessorSet processors)
    {
        int bytes = processors.Words.Length * sizeof(ulong);
        nint mask = Allocate(bytes);
        processors.Words.AsSpan().CopyTo(new Span<ulong>((void*)mask, processors.Words.Length));
        Add($"sched_setaffinity({processors})", SystemCallNumber.SchedSetaffinity, 0, bytes, mask);
    }

    /// <summary>Sets the <see cref="OomScore"/>.</summary>
    /// <remarks>
    /// Must come after <see cref="CloseDescriptorsFrom"/>, and before a new root and new credentials, because it needs /proc.
    /// The kernel applies the new value to every process that shares the memory (__set_oom_adj): superd itself, and children of other
    /// services that have not reached execve. So such a child gets a copy of superd's memory, which makes its launch more expensive.
    /// </remarks>
    /// <param name="descriptor">The lowest free number: the file stays open at it until execve.</param>
    /// <param name="becomesDumpable">Whether superd has no root: an earlier child of another user has made the file root's.</param>
    public void SetOomScore(int adjustment, int descriptor, bool becomesDumpable)
    {
        HasOwnMemory = true;
        if (becomesDumpable)
        {
            BecomeDumpable();
        }

        string text = adjustment.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Open($"open({OomScore.OwnFile})", OomScore.OwnFile, LibC.O_WRONLY | LibC.O_CLOEXEC);
        Add($"write({OomScore.OwnFile}, {text})", SystemCallNumber.Write, descriptor, Text(text), text.Length);
    }

    /// <summary>Sets the nice value, -20 to 19.</summary>
    public void SetNice(int nice) => Add($"setpriority({nice})", SystemCallNumber.Setpriority, PRIO_PROCESS, 0, nice);

    /// <summary>Sets the file mode creation mask.</summary>
    public void SetUmask(int mask) => Add("umask", SystemCallNumber.Umask, mask);

    /// <summary>Changes the root directory; a change of the working directory must follow.</summary>
    public void ChangeRoot(string path) => Add($"chroot({path})", SystemCallNumber.Chroot, Text(path));

    /// <summary>Changes the working directory.</summary>
    public void ChangeDirectory(string path) => Add($"chdir({path})", SystemCallNumber.Chdir, Text(path));

    /// <summary>Sets groups, group and user, in the only order that works. Privileged steps must come before it.</summary>
    /// <remarks>Raw system calls: glibc's wrappers would signal every thread of this process, whose memory the child shares.</remarks>
    public void SetCredentials(Credentials credentials)
    {
        SetGroups(credentials);
        SetGroup(credentials.GroupId);
        long uid = credentials.UserId;
        Add($"setuid({uid})", SystemCallNumber.Setresuid, uid, uid, uid);
    }

    /// <summary>The same with the user of <see cref="Launch.DynamicUser"/> in place of that of the credentials.</summary>
    /// <param name="hasOwnGroup">Whether the group is that of the user too.</param>
    public void SetDynamicCredentials(Credentials credentials, bool hasOwnGroup)
    {
        SetGroups(credentials);
        if (hasOwnGroup)
        {
            AddWithUser("setgid(dynamic)", SystemCallNumber.Setresgid);
        }
        else
        {
            SetGroup(credentials.GroupId);
        }

        AddWithUser("setuid(dynamic)", SystemCallNumber.Setresuid);
    }

    /// <summary>Drops ambient capabilities. Must come after the credentials.</summary>
    /// <remarks>
    /// A change from root to a user drops all capabilities. A change between users, or none, keeps the ambient ones a service manager
    /// gave superd: with them a handler could bind any port or become any user.
    /// </remarks>
    public void DropAmbientCapabilities() =>
        Add("prctl(clear ambient capabilities)", SystemCallNumber.Prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);

    /// <summary>A session keyring of its own: with superd's it had the keys of superd's user, and those of all other children.</summary>
    /// <remarks>The key counts for the child's user, who may have 200: before or after the credentials.</remarks>
    public void OwnKeyring()
    {
        if (Keyring.AreThere)
        {
            Add("keyctl(join session keyring)", SystemCallNumber.Keyctl, Keyring.KEYCTL_JOIN_SESSION_KEYRING);
        }
    }

    /// <summary>Sets LISTEN_PID to the child's own pid. Must come before a chroot, because it needs /proc.</summary>
    /// <remarks>A list of system calls cannot format a number, but readlink of /proc/self yields the pid in decimal.</remarks>
    public void SetListenPid()
    {
        HasOwnPid = true;
        Add(
            "readlink(/proc/self)",
            SystemCallNumber.Readlinkat,
            (2, LaunchValue.OwnPid),
            a0: LibC.AT_FDCWD,
            a1: Text("/proc/self"),
            a3: PidLength - 1);
    }

    /// <summary>Unblocks every signal; the launch blocked them.</summary>
    public void ClearSignalMask()
    {
        nint empty = Allocate(LibC.KernelSignalSetSize);
        Add("rt_sigprocmask", SystemCallNumber.RtSigprocmask, LibC.SIG_SETMASK, empty, 0, LibC.KernelSignalSetSize);
    }

    /// <summary>Records the time; add it right before execve.</summary>
    public void TakeTime() => Add("clock_gettime", SystemCallNumber.ClockGettime, (1, LaunchValue.ExecuteTime), a0: CLOCK_MONOTONIC);

    /// <summary>Executes the program. Must be the last step.</summary>
    /// <param name="path">An absolute path, inside the new root when there is one.</param>
    /// <param name="arguments">argv, including argv[0].</param>
    public void Execute(string path, IReadOnlyList<string> arguments) =>
        Add("execve", SystemCallNumber.Execve, (2, LaunchValue.Environment), a0: Text(path), a1: Pointers(arguments));

    /// <summary>Executes the program with these arguments and those of the launch after them. Replaces <see cref="Execute"/>.</summary>
    public void ExecuteWithMore(string path, IReadOnlyList<string> arguments)
    {
        foreach (string argument in arguments)
        {
            _arguments.Add(Text(argument));
        }

        _values.Add((_steps.Count, 1, LaunchValue.Arguments));
        Add("execve", SystemCallNumber.Execve, (2, LaunchValue.Environment), a0: Text(path));
    }

    /// <summary>Executes the program open at a descriptor, see <see cref="PlaceProgram"/>. Replaces <see cref="Execute"/>.</summary>
    /// <remarks>Binaries only: a script's interpreter would open the script through the descriptor, which execve closes.</remarks>
    public void ExecuteOpen(int descriptor, IReadOnlyList<string> arguments)
    {
        nint argv = Pointers(arguments);
        Add(
            "execve",
            SystemCallNumber.Execveat,
            (3, LaunchValue.Environment),
            a0: descriptor,
            a1: Text(string.Empty),
            a2: argv,
            a4: LibC.AT_EMPTY_PATH);
    }

    /// <summary>Adds <c>LISTEN_PID=</c> with space for the pid to a block; returns the offset of the pid in the block.</summary>
    internal static int AddListenPid(LaunchStrings block)
    {
        Span<byte> text = stackalloc byte[ListenPidPrefix.Length + PidLength];
        text.Clear();
        int prefix = Encoding.UTF8.GetBytes(ListenPidPrefix, text);
        return block.AddRaw(text) + prefix;
    }

    private void SetGroups(Credentials credentials)
    {
        nint groups = Allocate(Math.Max(1, credentials.Groups.Length) * sizeof(uint));
        for (int i = 0; i < credentials.Groups.Length; i++)
        {
            ((uint*)groups)[i] = credentials.Groups[i];
        }

        Add("setgroups", SystemCallNumber.Setgroups, credentials.Groups.Length, groups);
    }

    private void SetGroup(long gid) => Add($"setgid({gid})", SystemCallNumber.Setresgid, gid, gid, gid);

    private void AddWithUser(string name, long number)
    {
        for (int argument = 0; argument < 3; argument++) // real, effective, saved
        {
            _values.Add((_steps.Count, argument, LaunchValue.DynamicUser));
        }

        Add(name, number);
    }

    private void Add(string name, long number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0)
    {
        _names.Add(name);
        _steps.Add(new LaunchStep { Number = number, A0 = a0, A1 = a1, A2 = a2, A3 = a3, A4 = a4 });
    }

    private void Add(
        string name,
        long number,
        (int Argument, LaunchValue Value) late,
        long a0 = 0,
        long a1 = 0,
        long a2 = 0,
        long a3 = 0,
        long a4 = 0)
    {
        _values.Add((_steps.Count, late.Argument, late.Value));
        Add(name, number, a0, a1, a2, a3, a4);
    }

    /// <summary>Waits to be killed, as pause(2) does: polls nothing, without a timeout.</summary>
    private void Pause() => Add("ppoll", SystemCallNumber.Ppoll);

    private void Open(string name, string path, int flags) => Add(name, SystemCallNumber.Openat, LibC.AT_FDCWD, Text(path), flags);

    /// <summary>A null-terminated array of string pointers, as execve takes it.</summary>
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
        // Pinned and zeroed; the garbage collector frees it with the plan.
        byte[] memory = GC.AllocateArray<byte>(bytes, pinned: true);
        _memory.Add(memory);
        return (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref memory[0]);
    }
}
