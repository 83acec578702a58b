using NUnit.Framework;
using SuperD.Linux;
using Call = SuperD.Tests.Linux.Sandbox.FilterInterpreter.Call;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>The compiled filter does what the policy says, and is cheap.</summary>
public sealed class SystemCallFilterTests
{
    private const uint I386 = 0x40000003; // AUDIT_ARCH_I386

    private static readonly string[] s_corrections = ["+@debug", "-ptrace", "+clone", "-kill", "-@timer", "+socket", "-execve"];

    private static readonly SystemCallOptions[] s_options =
    [
        SystemCallOptions.None,
        SystemCallOptions.NetworkOff,
        SystemCallOptions.NetworkOff | SystemCallOptions.ConnectOff,
        SystemCallOptions.ProtectsTruncation,
        SystemCallOptions.NetworkOff | SystemCallOptions.ConnectOff | SystemCallOptions.ProtectsTruncation,
    ];

    /// <summary>What an argument may be: near everything that a rule compares it with, and with a full upper half.</summary>
    private static readonly ulong[] s_values =
    [
        0, 1, 2, 3, 10, 16, 17, 0x200, 0x201, 0x202, 0x203, 0x241, 0x5411, 0x5412, 0x5413, 0x541C, 0x541D, 0x7FFFFFFF, 0x80000000,
        0xFFFFFFFF, 0x100000000, 0x100000001, 0x1_0000_5412, 0xFFFFFFFF_00000000, ulong.MaxValue, 0x11, 0x3D0F00, 0x00020000, 0x02000000,
        0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x01200011,
    ];

    private static IEnumerable<TestCaseData> Policies =>
        from profile in new[] { (Name: "basic", Policy: SystemCallPolicy.Basic), (Name: "strict", Policy: SystemCallPolicy.Strict) }
        from options in s_options
        from isCorrected in new[] { false, true }
        select new TestCaseData(profile.Policy.With(options).With(isCorrected ? s_corrections : []))
            .SetArgDisplayNames($"{profile.Name}, {options}{(isCorrected ? ", corrected" : "")}");

    [TestCaseSource(nameof(Policies))]
    public void The_filter_returns_the_policys_verdict_on_every_number_with_any_arguments(SystemCallPolicy policy)
    {
        SystemCallFilter filter = SystemCallFilter.Compile(policy);
        int[] numbers = [.. Enumerable.Range(0, 600), 0x3FFFFFFF, 0x40000000, 0x40000001, 0x400001FF, int.MaxValue, int.MinValue, -1];

        foreach (int number in numbers)
        {
            foreach (ulong[] arguments in Samples())
            {
                SystemCallVerdict verdict = policy.VerdictOn(number, arguments);
                uint value = Run(filter, number, arguments);
                if (value != ValueOf(verdict)) // an assertion of each would take too long
                {
                    Assert.Fail($"{number} {SystemCallTable.NameOf(number)}({string.Join(", ", arguments)}): {verdict}, and not {value:x}");
                }
            }
        }
    }

    [Test]
    public void A_call_of_a_foreign_architecture_is_killed_whatever_its_number()
    {
        SystemCallFilter filter = SystemCallFilter.Compile(SystemCallPolicy.Basic.With(["+@system-service"]));

        uint[] values = [.. Enumerable.Range(0, 600)
            .Select(number => FilterInterpreter.Run(filter.Instructions, new Call(number, I386, new ulong[6])).Value)
            .Distinct()];

        Assert.That(values, Is.EqualTo(new[] { SystemCallCompiler.ReturnKillProcess }));
    }

    [Test]
    public void A_filter_that_notifies_reports_refused_calls_and_those_that_others_judge()
    {
        SystemCallFilter filter = SystemCallFilter.Compile(SystemCallPolicy.Strict, notifies: true);
        ulong[] zeros = new ulong[6];

        Assert.That(filter.Notifies, Is.True);
        foreach (string name in SystemCallTable.Names)
        {
            int number = SystemCallTable.NumbersOf(name).Single();
            bool isReported = FileJudge.NamesFiles(number) || CapabilityJudge.Numbers.Contains(number) || name == "connect"
                || SystemCallPolicy.Strict.VerdictOn(number, zeros).Action == SystemCallAction.Refuse;
            Assert.That(
                Run(filter, number, zeros),
                Is.EqualTo(isReported ? SystemCallCompiler.ReturnNotify : SystemCallCompiler.ReturnAllow),
                name);
        }

        Assert.That(Run(filter, 0x40000000, zeros), Is.EqualTo(SystemCallCompiler.ReturnKillProcess));
    }

    [Test]
    public void A_program_may_be_longer_than_a_jump_reaches()
    {
        // No two neighbours alike, and bodies between them: the worst that corrections could ever make.
        SystemCallRule byArguments = new(SystemCallVerdict.Allow, new ArgumentTest(3, 0xFF, 7, SystemCallVerdict.Refuse(7)));
        SystemCallRule[] kinds = [SystemCallRule.Allow, SystemCallRule.NotPermitted, byArguments, SystemCallRule.Refuse(99)];
        SystemCallRule[] rules = [.. Enumerable.Range(0, 600).Select(number => kinds[(number + (number / 5)) % 4])];

        IReadOnlyList<ulong> program = SystemCallCompiler.Compile(rules, notifies: false);

        Assert.That(program, Has.Count.InRange(400, 4096), "the kernel takes 4096 instructions");
        Assert.That(program.Count(instruction => (ushort)instruction == FilterProgram.JumpCode), Is.Positive);
        for (int number = 0; number < rules.Length; number++)
        {
            foreach (ulong argument in new ulong[] { 0, 7, 0x107, ulong.MaxValue })
            {
                ulong[] arguments = [0, 0, 0, argument, 0, 0];
                uint value = FilterInterpreter.Run(program, new Call(number, SystemCallTable.Architecture, arguments)).Value;
                Assert.That(value, Is.EqualTo(ValueOf(rules[number].VerdictOn(arguments))), $"{number}({argument})");
            }
        }
    }

    [TestCase(false, 105, 10)]
    [TestCase(true, 125, 10)]
    public void A_profiles_filter_is_short_and_its_tree_is_flat(bool isStrict, int mostInstructions, int mostSteps)
    {
        SystemCallPolicy policy = isStrict ? SystemCallPolicy.Strict.With(SystemCallOptions.NetworkOff) : SystemCallPolicy.Basic;

        SystemCallFilter filter = SystemCallFilter.Compile(policy);

        double steps = Enumerable.Range(0, SystemCallTable.Highest + 1).Average(StepsOf);
        TestContext.Out.WriteLine($"{filter.Instructions.Length} instructions, {steps:0.00} steps");
        Assert.That(filter.Instructions, Has.Length.LessThanOrEqualTo(mostInstructions));
        Assert.That(steps, Is.LessThanOrEqualTo(mostSteps));

        int StepsOf(int number) =>
            FilterInterpreter.Run(filter.Instructions, new Call(number, SystemCallTable.Architecture, new ulong[6])).Steps;
    }

    private static IEnumerable<ulong[]> Samples()
    {
        yield return new ulong[6];
        for (int argument = 0; argument < 6; argument++)
        {
            foreach (ulong value in s_values)
            {
                ulong[] arguments = new ulong[6];
                arguments[argument] = value;
                yield return arguments;
                arguments = [16, 16, 16, 16, 16, 16]; // AF_NETLINK, which looks at a second one
                arguments[argument] = value;
                yield return arguments;
            }
        }
    }

    private static uint Run(SystemCallFilter filter, int number, ulong[] arguments) =>
        FilterInterpreter.Run(filter.Instructions, new Call(number, SystemCallTable.Architecture, arguments)).Value;

    private static uint ValueOf(SystemCallVerdict verdict) => verdict.Action switch
    {
        SystemCallAction.Allow => SystemCallCompiler.ReturnAllow,
        SystemCallAction.Kill => SystemCallCompiler.ReturnKillProcess,
        _ => SystemCallCompiler.ReturnErrno | (uint)verdict.Errno,
    };
}
