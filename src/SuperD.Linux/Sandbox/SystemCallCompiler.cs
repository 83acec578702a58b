using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>Turns rules into a filter that is cheap to install, because each launch installs it.</summary>
/// <remarks>
/// Two costs of seccomp(2) depend on the program. The kernel emulates it for each system-call number, to remember those that it always
/// allows (seccomp_cache_prepare): each step of each number costs. And it translates each instruction to machine code, reached or not,
/// which costs as much as <see cref="InstructionCost"/> steps. So the program is a search tree over runs of numbers with the same rule, the
/// one for which the sum of both is lowest; a number with a rule of its own amid others is compared by itself, which takes one instruction
/// instead of two. Nothing but the architecture comes before the tree, and arguments are looked at in its leaves only. A call that is
/// always allowed costs nothing later, however deep in the tree.
/// </remarks>
internal sealed class SystemCallCompiler
{
    internal const uint ReturnAllow = 0x7FFF0000;
    internal const uint ReturnKillProcess = 0x80000000;
    internal const uint ReturnErrno = 0x00050000;
    internal const uint ReturnNotify = 0x7FC00000;

    /// <summary>Offsets in struct seccomp_data. The lower half of an argument comes first.</summary>
    internal const int NumberOffset = 0;
    internal const int ArchitectureOffset = 4;
    internal const int ArgumentsOffset = 16;

    /// <summary>Measured: an instruction takes 115 ns, and a step of all 470 numbers 1050 ns.</summary>
    private const int InstructionCost = 50;

    /// <summary>How many numbers in a row may be compared one by one.</summary>
    private const int MostExceptions = 4;

    private static readonly SystemCallRule s_kill = new(SystemCallVerdict.Kill);

    private readonly FilterProgram _program = new();
    private readonly Dictionary<SystemCallRule, int> _bodies = [];
    private readonly bool _notifies;
    private readonly List<Run> _runs;
    private readonly int[] _numbersBefore;
    private readonly Plan[,] _plans;

    private SystemCallCompiler(ReadOnlySpan<SystemCallRule> rules, bool notifies)
    {
        _notifies = notifies;
        _runs = RunsOf(rules);
        int numbers = rules.Length;
        _numbersBefore = [.. _runs.Select(run => (int)Math.Min(run.First, (uint)numbers)), numbers];
        _plans = new Plan[_runs.Count, _runs.Count];
    }

    /// <summary>Compiles the rules of the numbers from 0 on; higher numbers do not exist.</summary>
    /// <param name="notifies">Whether refused calls are reported to the listener.</param>
    internal static ImmutableArray<ulong> Compile(ReadOnlySpan<SystemCallRule> rules, bool notifies) =>
        new SystemCallCompiler(rules, notifies).Compile();

    private static List<Run> RunsOf(ReadOnlySpan<SystemCallRule> rules)
    {
        var runs = new List<Run>();
        for (int number = 0; number < rules.Length; number++)
        {
            Append(runs, (uint)number, rules[number]);
        }

        Append(runs, (uint)rules.Length, SystemCallRule.Missing);
        if (SystemCallTable.FirstForeignNumber is { } foreign)
        {
            Append(runs, foreign, s_kill);
        }

        return runs;
    }

    private static void Append(List<Run> runs, uint first, SystemCallRule rule)
    {
        if (runs.Count == 0 || runs[^1].Rule != rule)
        {
            runs.Add(new Run(first, rule));
        }
    }

    private ImmutableArray<ulong> Compile()
    {
        for (int length = 1; length <= _runs.Count; length++)
        {
            for (int first = 0; first + length <= _runs.Count; first++)
            {
                _plans[first, first + length - 1] = BestPlan(first, first + length - 1);
            }
        }

        int tree = Emit(0, _runs.Count - 1);
        int number = _program.Load(NumberOffset, tree);
        int native = _program.If(
            FilterProgram.IfEqualCode, SystemCallTable.Architecture, number, _program.Return(ReturnKillProcess));
        _ = _program.Load(ArchitectureOffset, native);
        return _program.ToImmutable();
    }

    /// <summary>The cheapest way to tell the runs from first to last apart; those of all shorter ranges are known.</summary>
    private Plan BestPlan(int first, int last)
    {
        int numbers = _numbersBefore[last + 1] - _numbersBefore[first];
        Plan best = new(int.MaxValue, first, null);
        if (FindCommonRule(first, last, out int exceptions) is { } common)
        {
            best = new Plan(exceptions * (InstructionCost + numbers), 0, common);
        }

        for (int upper = first + 1; upper <= last; upper++)
        {
            int cost = InstructionCost + numbers + _plans[first, upper - 1].Cost + _plans[upper, last].Cost;
            if (cost < best.Cost)
            {
                best = new Plan(cost, upper, null);
            }
        }

        return best;
    }

    /// <summary>The rule of all runs of a range but a few single numbers; null when there is none.</summary>
    private SystemCallRule? FindCommonRule(int first, int last, out int exceptions)
    {
        exceptions = 0;
        if (last - first > 2 * MostExceptions)
        {
            return null; // no two neighbours have the same rule
        }

        Run widest = _runs[first];
        int most = 0;
        for (int i = first; i <= last; i++)
        {
            if (NumbersOf(i) > most)
            {
                (widest, most) = (_runs[i], NumbersOf(i));
            }
        }

        for (int i = first; i <= last; i++)
        {
            if (_runs[i].Rule != widest.Rule && (NumbersOf(i) != 1 || ++exceptions > MostExceptions))
            {
                return null;
            }
        }

        return widest.Rule;
    }

    /// <summary>How many numbers a run has, or almost.</summary>
    private int NumbersOf(int run)
    {
        uint end = run + 1 < _runs.Count ? _runs[run + 1].First : uint.MaxValue;
        return (int)Math.Min(end - _runs[run].First, int.MaxValue);
    }

    private int Emit(int first, int last)
    {
        Plan plan = _plans[first, last];
        if (plan.Common is null)
        {
            int upper = Emit(plan.Upper, last);
            int lower = Emit(first, plan.Upper - 1);
            return _program.If(FilterProgram.IfAtLeastCode, _runs[plan.Upper].First, upper, lower);
        }

        int label = Emit(plan.Common);
        foreach (Run exception in _runs[first..(last + 1)].Where(run => run.Rule != plan.Common))
        {
            label = _program.If(FilterProgram.IfEqualCode, exception.First, Emit(exception.Rule), label);
        }

        return label;
    }

    /// <summary>The code of a rule. Rules without tests share their returns, others have one body.</summary>
    private int Emit(SystemCallRule rule)
    {
        if (_bodies.TryGetValue(rule, out int body))
        {
            return body;
        }

        int label = Emit(rule.Otherwise);
        for (int i = rule.Tests.Length - 1; i >= 0; i--)
        {
            ArgumentTest test = rule.Tests[i];
            label = _program.If(
                test.Value is null ? FilterProgram.IfAnyCode : FilterProgram.IfEqualCode,
                test.Value ?? test.Mask,
                Emit(test.Then),
                label);
            label = i > 0 && LoadedBy(rule.Tests[i - 1]) == LoadedBy(test) ? label : Load(test, label);
        }

        if (!rule.Tests.IsEmpty)
        {
            _bodies.Add(rule, label);
        }

        return label;
    }

    private int Emit(SystemCallVerdict verdict) => _program.Return(verdict switch
    {
        { Action: SystemCallAction.Allow } => ReturnAllow,
        { Action: SystemCallAction.Kill } => ReturnKillProcess,
        _ when _notifies => ReturnNotify,
        _ => ReturnErrno | (uint)verdict.Errno,
    });

    private int Load(ArgumentTest test, int next)
    {
        (int argument, uint mask) = LoadedBy(test);
        next = mask == uint.MaxValue ? next : _program.And(mask, next);
        return _program.Load(ArgumentsOffset + (argument * sizeof(ulong)), next);
    }

    /// <summary>What a test compares: an argument and its mask. The comparison for any bit has the mask in itself.</summary>
    private static (int Argument, uint Mask) LoadedBy(ArgumentTest test) =>
        (test.Argument, test.Value is null ? uint.MaxValue : test.Mask);

    /// <summary>The numbers from <paramref name="First"/> up to the next run.</summary>
    private readonly record struct Run(uint First, SystemCallRule Rule);

    /// <summary>How to tell the runs of a range apart.</summary>
    /// <param name="Cost">In steps of one number.</param>
    /// <param name="Upper">The first run of the upper half, if the range is halved.</param>
    /// <param name="Common">Otherwise: the rule of all but single numbers, which are compared one by one.</param>
    private readonly record struct Plan(int Cost, int Upper, SystemCallRule? Common);
}
