using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>A policy as a program of classic BPF, as seccomp(2) takes it. Immutable; all launches of a service share it.</summary>
public sealed class SystemCallFilter
{
    /// <summary>In a program that notifies, every refusal is a report.</summary>
    private static readonly SystemCallRule s_reported = SystemCallRule.NotPermitted;

    private SystemCallFilter(ImmutableArray<ulong> instructions, bool notifies)
    {
        Instructions = instructions;
        Notifies = notifies;
    }

    /// <summary>Whether calls wait for superd's answer; see <see cref="SystemCallNotifications"/>.</summary>
    public bool Notifies { get; }

    /// <summary>The instructions, each a struct sock_filter.</summary>
    internal ImmutableArray<ulong> Instructions { get; }

    /// <summary>Compiles a policy.</summary>
    /// <param name="notifies">
    /// For <c>superd try --explain</c>: what the policy refuses, what Landlock judges (calls that name a file, and connect), and what may
    /// take a capability, wait for superd's answer. So the process runs only while superd listens.
    /// </param>
    public static SystemCallFilter Compile(SystemCallPolicy policy, bool notifies = false)
    {
        SystemCallRule[] rules = policy.Rules.ToArray();
        if (notifies)
        {
            foreach (int number in FileCall.All.Keys.Concat(CapabilityJudge.Numbers).Concat(SystemCallTable.NumbersOf("connect")))
            {
                rules[number] = s_reported;
            }
        }

        return new SystemCallFilter(SystemCallCompiler.Compile(rules, notifies), notifies);
    }
}
