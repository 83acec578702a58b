using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>What holds a handler besides its user: the files it reaches, its system calls and its network. Immutable.</summary>
/// <remarks>
/// Compared by value: services with equal sandboxes share one ruleset. <see cref="SandboxFiles"/> has the paths of the profiles, to which
/// those here are added.
/// </remarks>
internal sealed record SandboxDefinition
{
    /// <summary>Not None. Key <c>sandbox</c>.</summary>
    public required SandboxProfile Profile { get; init; }

    /// <summary>The directory that is <c>/</c> for all paths here: the chroot; empty without one.</summary>
    public string Root { get; init; } = "";

    /// <summary>Files and directories that it may read and execute too, absolute. Key <c>readable</c>.</summary>
    public ValueArray<SandboxPath> Readable { get; init; } = [];

    /// <summary>Files and directories that it may change too, absolute. Key <c>writable</c>.</summary>
    public ValueArray<SandboxPath> Writable { get; init; } = [];

    /// <summary>What it reads without being told: its program's directory, its script's, an interpreter, its working directory.</summary>
    public ValueArray<string> Own { get; init; } = [];

    /// <summary>Whether it may use other sockets than its client's and those of the Unix domain. Key <c>network</c>.</summary>
    public required bool HasNetwork { get; init; }

    /// <summary>Corrections of the system calls that the profile allows: <c>+ptrace</c>, <c>-@keyring</c>. Key <c>syscalls</c>.</summary>
    public ValueArray<string> SystemCalls { get; init; } = [];

    /// <summary>The rest of a jail; null with another profile. Key <c>jail</c>.</summary>
    public JailDefinition? Jail { get; init; }

    /// <summary>What this kernel cannot keep of it; None unless <c>sandbox_best_effort</c> lets the service run all the same.</summary>
    public SandboxPromises Missing { get; init; }
}

/// <summary>The sets of rules to choose from.</summary>
internal enum SandboxProfile
{
    /// <summary>No sandbox.</summary>
    None,

    /// <summary>Holds nearly every program without breaking it: everything is allowed that is not known to be dangerous.</summary>
    Basic,

    /// <summary>Allows what ordinary programs do, and nothing else.</summary>
    Strict,

    /// <summary>The same, and files, processes and the network are those of namespaces of its own.</summary>
    Jail,
}

/// <summary>The words of the profiles.</summary>
internal static class SandboxProfileNames
{
    /// <summary>As it is written: <c>basic</c>.</summary>
    public static string Name(this SandboxProfile profile) => profile switch
    {
        SandboxProfile.None => "none",
        SandboxProfile.Basic => "basic",
        SandboxProfile.Strict => "strict",
        _ => "jail",
    };
}

/// <summary>A path of a sandbox.</summary>
/// <param name="Path">Absolute, inside the root of the sandbox.</param>
/// <param name="IsOptional">Whether it need not exist.</param>
internal readonly record struct SandboxPath(string Path, bool IsOptional);

/// <summary>What a sandbox promises. What cannot be kept keeps the service from running.</summary>
[Flags]
internal enum SandboxPromises
{
    None = 0,

    /// <summary>It reaches no files but those it was given.</summary>
    Files = 1,

    /// <summary>It makes no system call that the profile denies.</summary>
    SystemCalls = 2,

    /// <summary>With <c>network = "off"</c>: it reaches nobody but its client.</summary>
    Network = 4,
}
