using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>Which system calls a sandbox allows: the verdict on each, by number and arguments. Immutable.</summary>
/// <remarks>
/// Three layers, the later ones win, in whatever order they were given: the profile, the service's corrections, the promises
/// (<see cref="SystemCallOptions"/>). Calls that are newer than the <see cref="SystemCallTable"/> do not exist (ENOSYS) in any profile:
/// nobody has judged them, and programs must cope with an older kernel anyway. The calls of a foreign interface are killed.
/// </remarks>
public sealed class SystemCallPolicy
{
    private readonly Func<SystemCallRule?[]> _profile;
    private readonly ImmutableArray<string> _corrections;
    private readonly SystemCallRule[] _rules;

    private SystemCallPolicy(Func<SystemCallRule?[]> profile, ImmutableArray<string> corrections, SystemCallOptions options)
    {
        _profile = profile;
        _corrections = corrections;
        Options = options;
        _rules = [];
    }

    /// <summary>All but what attacks the kernel, other processes or the machine: a list of refused calls.</summary>
    public static SystemCallPolicy Basic { get; } = new(() => [], [], SystemCallOptions.None);

    /// <summary>What services ordinarily need, and nothing else: a list of allowed calls. Allows nothing that Basic refuses.</summary>
    public static SystemCallPolicy Strict { get; } = new(() => [], [], SystemCallOptions.None);

    /// <summary>The calls that a launch makes under the filter. They are always allowed: no correction refuses them.</summary>
    public static IReadOnlyList<string> NeededToLaunch { get; } = ["rt_sigprocmask", "clock_gettime", "execve", "exit_group"];

    /// <summary>The promises that are kept.</summary>
    public SystemCallOptions Options { get; }

    /// <summary>The promises that this kernel's Landlock leaves to the filter.</summary>
    /// <param name="landlockAbi">See <see cref="Landlock.Abi"/>.</param>
    /// <param name="networkOff">Whether the sandbox has no network.</param>
    public static SystemCallOptions OptionsFor(int landlockAbi, bool networkOff) =>
        (networkOff ? SystemCallOptions.NetworkOff : SystemCallOptions.None)
        | (networkOff && landlockAbi < 4 ? SystemCallOptions.ConnectOff : SystemCallOptions.None)
        | (landlockAbi is 1 or 2 ? SystemCallOptions.ProtectsTruncation : SystemCallOptions.None);

    /// <summary>The policy with corrections added: <c>+name</c>, <c>+@group</c> allow, <c>-name</c>, <c>-@group</c> refuse.</summary>
    /// <remarks>A call that is allowed by a correction is allowed with all arguments. The later of two corrections wins.</remarks>
    /// <exception cref="ArgumentException">A name that neither the table nor the groups have: the caller has checked them.</exception>
    public SystemCallPolicy With(IEnumerable<string> corrections) => new(_profile, [.. _corrections, .. corrections], Options);

    /// <summary>The policy with promises added.</summary>
    public SystemCallPolicy With(SystemCallOptions options) => new(_profile, _corrections, Options | options);

    /// <summary>The verdict on a call.</summary>
    /// <param name="number">As the process gave it in eax.</param>
    /// <param name="arguments">All six.</param>
    public SystemCallVerdict VerdictOn(int number, ReadOnlySpan<ulong> arguments) =>
        (uint)number >= SystemCallTable.FirstForeignNumber ? SystemCallVerdict.Kill
        : number < _rules.Length ? _rules[number].VerdictOn(arguments)
        : SystemCallVerdict.Refuse(Errno.ENOSYS);
}
