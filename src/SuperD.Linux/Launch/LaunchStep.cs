namespace SuperD.Linux;

/// <summary>One system call of the child, as <see cref="LaunchRoutine"/> reads it: seven 64-bit words.</summary>
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

/// <summary>What a child tells of its launch, in memory it shares with this process until it executes.</summary>
internal struct LaunchRecord
{
    /// <summary>1 when the launch begins; the kernel makes it 0 when the child executes or ends (CLONE_CHILD_CLEARTID): it uses this memory no more.</summary>
    internal int Shares;

    /// <summary>The address of the step the child is at; 0 before it runs.</summary>
    internal nint Step;

    /// <summary>The error of that step; 0 = none failed.</summary>
    internal long NegativeErrno;
}

/// <summary>What is only known at the launch itself, and so is filled into a copy of the plan's steps.</summary>
internal enum LaunchValue
{
    /// <summary>The descriptor slot that holds the socket.</summary>
    SocketSlot,

    /// <summary>The slot that holds the handler's stderr, or /dev/null.</summary>
    StderrSlot,

    /// <summary>The first descriptor above the launch's slots.</summary>
    AboveSlots,

    /// <summary>The environment's pointer array.</summary>
    Environment,

    /// <summary>The text behind <c>LISTEN_PID=</c> in the environment.</summary>
    OwnPid,

    /// <summary>The launch's own memory for the NOFILE limit.</summary>
    OpenFiles,

    /// <summary>The launch's own memory for the time at which it executes.</summary>
    ExecuteTime,
}
