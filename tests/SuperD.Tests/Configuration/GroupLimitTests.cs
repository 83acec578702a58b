using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>limit, limit_total and limit_best_effort: what they mean, and what cannot be.</summary>
public sealed class GroupLimitTests
{
    private const CgroupControllers All =
        CgroupControllers.Memory | CgroupControllers.Pids | CgroupControllers.Cpu | CgroupControllers.Io;

    private static IEnumerable<TestCaseData> Homes =>
    [
        new TestCaseData(new CgroupHome(), "memory, cpu", "no cgroup v2 is mounted, which has the memory and cpu controllers; boot with "),
        new TestCaseData(
            new CgroupHome { Path = "/g", IsWritable = true, Offered = CgroupControllers.Cpu, InVersion1 = CgroupControllers.Memory },
            "memory",
            "cgroup v1 has the memory controller of this machine, so that cgroup v2 lacks it; boot with cgroup_no_v1=all;"),
        new TestCaseData(
            new CgroupHome { Path = "/g", IsWritable = true, InVersion1 = CgroupControllers.Memory | CgroupControllers.Cpu },
            "memory, cpu",
            "cgroup v1 has the memory and cpu controllers of this machine, so that cgroup v2 lacks them; boot with cgroup_no_v1=all;"),
        new TestCaseData(
            new CgroupHome { Path = "/g", Offered = All }, "memory, cpu", "superd may not make groups in /g; start superd by a unit with "),
        new TestCaseData(
            new CgroupHome { Path = "/g", IsWritable = true, Offered = CgroupControllers.Memory },
            "cpu",
            "the group /g has no cpu controller; start superd by a unit with Delegate=yes, as superd.service has it, or by 'systemd-run "
                + "--scope -p Delegate=yes superd run';"),
        new TestCaseData(
            new CgroupHome { Path = "/g", IsWritable = true, Offered = All, Stranger = (7, "bash") },
            "memory, cpu",
            "the group /g has a process that is not superd's, 7 (\"bash\"), and no group with processes divides what it has; "),
    ];

    [Test]
    public void Each_limit_has_its_unit()
    {
        GroupLimits limits = DefinitionOf(Listen + Exec + "limit = { memory = \"64M\", processes = 20, cpu = \"50%\", io = \"10M/s\" }")
            .Limits!.Each;
        Assert.That(limits, Is.EqualTo(new GroupLimits { Memory = 64 << 20, Processes = 20, Cpu = 50, Io = 10 << 20 }));
        Assert.That(limits.Needs, Is.EqualTo(All));
    }

    [TestCase("")]
    [TestCase("limit = {}")]
    [TestCase("limit = { memory = \"unlimited\", cpu = \"unlimited\", processes = \"unlimited\", io = \"unlimited\" }")]
    public void Without_a_limit_there_is_none(string line) => Assert.That(DefinitionOf(Listen + Exec + line).Limits, Is.Null);

    [TestCase("memory = \"1M\"", true)]
    [TestCase("memory = 1048576", true)]
    [TestCase("memory = \"1023K\"", false)]
    [TestCase("processes = 1", true)]
    [TestCase("processes = 0", false)]
    [TestCase("processes = 4194305", false)]
    [TestCase("cpu = \"1%\"", true)]
    [TestCase("cpu = \"0%\"", false)]
    [TestCase("cpu = \"250%\"", true)]
    [TestCase("cpu = \"1.5%\"", false)]
    [TestCase("io = \"1K/s\"", true)]
    [TestCase("io = \"1023/s\"", false)]
    public void A_limit_has_bounds(string text, bool isGood) =>
        Assert.That(ProblemsOf($"{Listen}{Exec}limit = {{ {text} }}"), isGood ? Is.Empty : Has.Exactly(1).Contains(": error: limit."));

    [TestCase("memory = \"64MB\"", "did you mean \"64M\"?")]
    [TestCase("memory = true", "found true; for example limit.memory = \"64M\"")]
    [TestCase("processes = \"many\"", "for example limit.processes = 20")]
    [TestCase("processes = \"20\"", "found the string \"20\"; write limit.processes = 20, without quotes")]
    [TestCase("cpu = 0.5", "did you mean \"50%\"?")]
    [TestCase("cpu = 200", "did you mean \"200%\"?")]
    [TestCase("cpu = \"50 %\"", "did you mean \"50%\"?")]
    [TestCase("io = \"10MB/s\"", "did you mean \"10M/s\"?")]
    [TestCase("io = \"10M\"", "did you mean \"10M/s\"?")]
    [TestCase("io = 10485760", "did you mean \"10485760/s\"?")]
    [TestCase("pids = 3", "unknown key \"limit.pids\"; known are memory, processes, cpu, io")]
    public void A_bad_value_is_told_with_what_was_meant(string text, string end) =>
        Assert.That(ProblemsOf($"{Listen}{Exec}limit = {{ {text} }}").Single(), Does.EndWith(end));

    [Test]
    public void A_suggested_value_is_right()
    {
        foreach (string text in (string[])["memory = \"64M\"", "cpu = \"50%\"", "io = \"10485760/s\"", "io = \"10M/s\"", "processes = 20"])
        {
            Assert.That(ProblemsOf($"{Listen}{Exec}limit = {{ {text} }}"), Is.Empty, text);
        }
    }

    [Test]
    public void Each_value_of_a_service_replaces_that_of_defaults()
    {
        const string Defaults = "[defaults]\nlimit = { memory = \"64M\", processes = 20, cpu = \"10%\" }\nlimit_total.processes = 100";
        LimitsDefinition limits = DefinitionOf(
            Listen + Exec + "limit = { processes = 5, cpu = \"unlimited\" }", superdToml: Defaults).Limits!;
        Assert.That(limits.Each, Is.EqualTo(new GroupLimits { Memory = 64 << 20, Processes = 5 }));
        Assert.That(limits.Total, Is.EqualTo(new GroupLimits { Processes = 100 }));
    }

    [TestCaseSource(nameof(Homes))]
    public void A_machine_that_cannot_keep_a_limit_is_an_error_unless_best_effort_will_do(CgroupHome home, string keys, string why)
    {
        HostContext host = Root with { Cgroup = home };
        const string Lines = Listen + Exec + "user = \"root\"\nlimit = { memory = \"64M\", cpu = \"50%\" }\n";
        Assert.That(
            ProblemsOf(Lines, host).Single(),
            Does.StartWith($"4:9: error: limit cannot be kept ({keys}): {why}")
                .And.EndsWith("; or write limit_best_effort = true to run the service without"));
        Assert.That(
            ProblemsOf(Lines + "limit_best_effort = true", host).Single(),
            Does.StartWith($"4:9: warning: limit cannot be kept ({keys}): {why}")
                .And.EndsWith("; limit_best_effort lets the service run without"));
    }

    [Test]
    public void Best_effort_leaves_out_only_what_cannot_be_kept()
    {
        HostContext host = Able with { Cgroup = new CgroupHome { Path = "/g", IsWritable = true, Offered = CgroupControllers.Pids } };
        using ConfigurationFiles files = new();
        files.Service("han", Listen + Exec + "limit_best_effort = true\nlimit = { memory = \"64M\", processes = 5 }");
        LimitsDefinition limits = files.Load(host).Server!.Services.Single().Limits!;
        Assert.That((limits.Missing, limits.Needs), Is.EqualTo((CgroupControllers.Memory, CgroupControllers.Pids)));
        Assert.That(limits.Each, Is.EqualTo(new GroupLimits { Processes = 5 }));
    }

    [TestCase("orphans = \"keep\"\n", "write orphans = \"kill\", or delete the line")]
    [TestCase("wait = true\n", "as those of wait = true may; write orphans = \"kill\", or delete the line")]
    public void Processes_that_are_kept_cannot_be_limited(string line, string end) =>
        Assert.That(ProblemsOf($"{Listen}{Exec}{line}limit.processes = 5").Single(), Does.EndWith(end));

    [Test]
    public void A_wait_service_whose_processes_end_with_it_can_be_limited() =>
        Assert.That(ProblemsOf(Listen + Exec + "wait = true\norphans = \"kill\"\nlimit.processes = 5"), Is.Empty);

    [Test]
    public void A_total_below_the_limit_of_one_is_a_warning() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "limit.memory = \"64M\"\nlimit_total.memory = \"32M\"").Single(),
            Does.Contain(": warning: limit_total.memory is below limit.memory, which no handler can reach then; "));

    [Test]
    public void Best_effort_alone_means_nothing() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "limit_best_effort = true"),
            Is.EqualTo(["3:1: error: limit_best_effort has no meaning without limit or limit_total; delete the line"]));
}
