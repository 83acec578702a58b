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
    private readonly ImmutableArray<SystemCallRule> _profile;
    private readonly ImmutableArray<string> _corrections;
    private readonly SystemCallRule[] _rules;

    private SystemCallPolicy(ImmutableArray<SystemCallRule> profile, ImmutableArray<string> corrections, SystemCallOptions options)
    {
        _profile = profile;
        _corrections = corrections;
        Options = options;
        _rules = [.. profile];
        foreach (string correction in corrections)
        {
            Correct(correction);
        }

        KeepPromises();
        SetAll(SystemCallTable.NumbersOf(NeededToLaunch), SystemCallRule.Allow);
    }

    /// <summary>The calls that a launch makes under the filter. They are always allowed: no correction refuses them.</summary>
    public static IReadOnlyList<string> NeededToLaunch { get; } = ["rt_sigprocmask", "clock_gettime", "execve", "exit_group"];

    /// <summary>All but what makes a set-user-id or set-group-id program. io_uring, whose calls no filter sees, is refused.</summary>
    public static SystemCallPolicy NoSetIds { get; } = OfProfile(
        name => !name.StartsWith("io_uring_", StringComparison.Ordinal), SystemCallProfiles.GivingModes.Contains);

    /// <summary>All but what attacks the kernel, other processes or the machine: a list of refused calls.</summary>
    public static SystemCallPolicy Basic { get; } = OfProfile(SystemCallProfiles.IsAllowedByBasic, _ => true);

    /// <summary>What services ordinarily need, and nothing else: a list of allowed calls. Allows nothing that Basic refuses.</summary>
    public static SystemCallPolicy Strict { get; } = OfProfile(SystemCallProfiles.IsAllowedByStrict, _ => true);

    /// <summary>The promises that are kept.</summary>
    public SystemCallOptions Options { get; }

    /// <summary>The rules of all known numbers.</summary>
    internal ReadOnlySpan<SystemCallRule> Rules => _rules;

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
    /// <param name="number">As the process gave it in its register.</param>
    /// <param name="arguments">All six.</param>
    public SystemCallVerdict VerdictOn(int number, ReadOnlySpan<ulong> arguments) =>
        (uint)number >= SystemCallTable.FirstForeignNumber ? SystemCallVerdict.Kill
        : (uint)number < _rules.Length ? _rules[number].VerdictOn(arguments)
        : SystemCallRule.Missing.Otherwise;

    /// <param name="isAllowed">The calls that are allowed.</param>
    /// <param name="isByArguments">Which of <see cref="SystemCallProfiles.ByArguments"/> it has.</param>
    private static SystemCallPolicy OfProfile(Predicate<string> isAllowed, Predicate<string> isByArguments)
    {
        SystemCallRule RuleOf(int number) => SystemCallTable.NameOf(number) is not { } name ? SystemCallRule.Missing
            : isByArguments(name) && SystemCallProfiles.ByArguments.TryGetValue(name, out SystemCallRule? rule) ? rule
            : isAllowed(name) ? SystemCallRule.Allow
            : SystemCallRule.NotPermitted;
        return new SystemCallPolicy(
            [.. Enumerable.Range(0, SystemCallTable.Highest + 1).Select(RuleOf)], [], SystemCallOptions.None);
    }

    private void Correct(string correction)
    {
        string name = correction[1..];
        IEnumerable<string> calls = SystemCallGroups.TryFind(name, out IReadOnlyList<string> members) ? members : [name];
        SetAll(SystemCallTable.NumbersOf(calls), correction[0] == '+' ? SystemCallRule.Allow : SystemCallRule.NotPermitted);
    }

    private void KeepPromises()
    {
        if (Options.HasFlag(SystemCallOptions.NetworkOff))
        {
            Tighten(SystemCallProfiles.UnixSocketsOnly, "socket", "socketpair");
            Tighten(SystemCallRule.NotPermitted, "listen", "accept", "accept4", "bind");

            // Its requests pass by the filter, also where a correction allows it.
            Tighten(SystemCallRule.NotPermitted, "io_uring_setup", "io_uring_enter", "io_uring_register");
            Tighten(SystemCallProfiles.NoFastOpen(flagsArgument: 2), "sendmsg");
            Tighten(SystemCallProfiles.NoFastOpen(flagsArgument: 3), "sendto", "sendmmsg");
        }

        if (Options.HasFlag(SystemCallOptions.ConnectOff))
        {
            Tighten(SystemCallRule.NotPermitted, "connect");
        }

        if (Options.HasFlag(SystemCallOptions.ProtectsTruncation))
        {
            Tighten(SystemCallRule.Refuse(Errno.EACCES), "truncate");
            AskFirst("open", SystemCallProfiles.NoTruncation(flagsArgument: 1));
            AskFirst("openat", SystemCallProfiles.NoTruncation(flagsArgument: 2));
            Tighten(SystemCallRule.Missing, "openat2");
        }
    }

    /// <summary>Sets the rule of calls that are not refused anyway.</summary>
    private void Tighten(SystemCallRule rule, params string[] names) =>
        SetAll(SystemCallTable.NumbersOf(names).Where(number => !_rules[number].RefusesAlways), rule);

    /// <summary>Puts tests before those that a call has.</summary>
    private void AskFirst(string name, ArgumentTest[] tests)
    {
        foreach (int number in SystemCallTable.NumbersOf(name))
        {
            SystemCallRule rule = _rules[number];
            _rules[number] = new SystemCallRule(rule.Otherwise, [.. tests, .. rule.Tests]);
        }
    }

    private void SetAll(IEnumerable<int> numbers, SystemCallRule rule)
    {
        foreach (int number in numbers)
        {
            _rules[number] = rule;
        }
    }
}
