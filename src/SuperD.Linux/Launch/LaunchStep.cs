namespace SuperD.Linux;

/// <summary>One system call of the child, as <see cref="MachineCode.Launch"/> reads it: number and six arguments, 64 bits each.</summary>
internal struct LaunchStep
{
    internal long Number;
    internal long A0;
    internal long A1;
    internal long A2;
    internal long A3;
    internal long A4;
    internal long A5;
}

/// <summary>The child's report on its launch, in memory shared with this process until execve.</summary>
internal struct LaunchRecord
{
    /// <summary>1 from the start of the launch; the kernel clears it when the child executes or exits (CLONE_CHILD_CLEARTID).</summary>
    /// <remarks>At 0 the child no longer uses this memory.</remarks>
    internal int Shares;

    /// <summary>The address of the current step; 0 before the child runs.</summary>
    internal nint Step;

    /// <summary>The -errno of the failed step; 0 when none failed.</summary>
    internal long NegativeErrno;
}

/// <summary>The values known only at launch, which <see cref="Launch"/> fills into its copy of the plan's steps.</summary>
internal enum LaunchValue
{
    /// <summary>The slot that holds the socket.</summary>
    SocketSlot,

    /// <summary>The slot that holds the handler's stderr, or /dev/null.</summary>
    StderrSlot,

    /// <summary>The slot that holds the ruleset of the sandbox.</summary>
    RulesetSlot,

    /// <summary>The first descriptor number above the launch's slots.</summary>
    AboveSlots,

    /// <summary>The environment's pointer array.</summary>
    Environment,

    /// <summary>The arguments' pointer array, if some of them differ from launch to launch.</summary>
    Arguments,

    /// <summary>The text after <c>LISTEN_PID=</c> in the environment.</summary>
    OwnPid,

    /// <summary>The user id of the launch, which is its group id as well.</summary>
    DynamicUser,

    /// <summary>The launch's memory for the NOFILE limit.</summary>
    OpenFiles,

    /// <summary>The launch's memory for the time of execve.</summary>
    ExecuteTime,

    /// <summary>The slot of the first namespace to enter; the others follow, in the order of <see cref="NamespaceSet.Kinds"/>.</summary>
    /// <remarks>The last member, because the numbers after it belong to those slots.</remarks>
    FirstNamespaceSlot,
}
