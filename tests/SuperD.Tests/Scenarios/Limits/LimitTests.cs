using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support.Machines;

namespace SuperD.Tests.Scenarios.Limits;

/// <summary>limit and limit_total, in a virtual machine that has all controllers of cgroup v2.</summary>
[NonParallelizable] // the virtual machine takes a processor for a minute
public sealed class LimitTests
{
    private Dictionary<string, string> _outputs = null!; // set before the first test

    [OneTimeSetUp]
    public void RunMachine()
    {
        var machine = new VirtualMachine();
        machine.Add("processes", LimitScripts.Processes);
        machine.Add("memory", LimitScripts.Memory);
        machine.Add("cpu", LimitScripts.Cpu);
        machine.Add("total", LimitScripts.Total);
        machine.Add("reload", LimitScripts.Reload);
        machine.Add("upgrade", LimitScripts.Upgrade);
        machine.Add("killed", LimitScripts.Killed);
        machine.Add("user", LimitScripts.User);
        machine.Add("missing", LimitScripts.Missing);
        machine.Add("disk", LimitScripts.Disk);
        machine.Add("flood", LimitScripts.Flood);
        machine.AddModule("kernel/drivers/block/brd.ko", "rd_nr=1 rd_size=8192");
        _outputs = machine.Run();
    }

    [Test]
    public void A_fork_bomb_is_bounded_and_others_are_served()
    {
        Assert.That(
            _outputs["processes"],
            Does.Match(@"^served\nbounded\nend bomb .* pids_refused=[1-9]\d*\n$"));
    }

    [Test]
    public void A_handler_that_exceeds_its_memory_is_killed_as_a_whole_and_its_group_is_used_again()
    {
        Assert.That(
            _outputs["memory"],
            Does.Match(
                "^4: survived\n64:\n4: survived\n"
                + "info  end eater conn=1 .* exit=0 .*\nwarn  end eater conn=2 .* signal=KILL .* reason=memory.*\n"
                + "info  end eater conn=3 .* exit=0 .*\ngroups: 0/\n"));
        Assert.That(_outputs["memory"], Does.Not.Match("conn=[13] .*reason="));
    }

    [Test]
    public void Why_and_status_know_of_memory()
    {
        Assert.That(_outputs["memory"], Does.Contain("its last 3 handlers failed, with reason=memory\n"));
        Assert.That(_outputs["memory"], Does.Contain("no sandbox, network, limit memory 16M, cgroup\n"));
        Assert.That(_outputs["memory"], Does.Match(@"ended +memory=4 by itself=2\n"));
    }

    [TestCase("memory")]
    [TestCase("upgrade")]
    public void Superd_leaves_no_group_and_no_controller_behind(string scenario) =>
        Assert.That(_outputs[scenario], Does.EndWith("\nleft: main/\n"));

    [Test]
    public void A_handler_gets_no_more_processor_time_than_its_share()
    {
        Match record = Regex.Match(_outputs["cpu"], @"duration_ms=(\d+) cpu_ms=(\d+) ");
        Assert.That(record.Success, _outputs["cpu"]);
        double[] ms = [.. record.Groups.Values.Skip(1).Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture))];
        Assert.That(ms[1] / ms[0], Is.LessThan(0.6), _outputs["cpu"]);
    }

    [Test]
    public void Limit_total_bounds_the_sum_and_ps_shows_the_memory_of_a_group() =>
        Assert.That(_outputs["total"], Does.Match(@"^bounded\n4\nend holder .* signal=KILL .* reason=memory.*\n[12]\dM\n$"));

    [Test]
    public void A_reload_changes_the_total_at_once_and_the_limit_of_later_handlers() =>
        Assert.That(
            _outputs["reload"],
            Is.EqualTo(
                "total: 50 33554432 old: 10\nnew: 5\nlimit processes 5, limit_total memory 32M processes 50,\nremoved\n"));

    [Test]
    public void An_upgrade_keeps_the_groups()
    {
        Assert.That(
            _outputs["upgrade"],
            Does.Match(
                "^one\nend bomb conn=1 .* signal=KILL .* reason=memory.*\none\nend bomb conn=2 .* signal=KILL .* reason=memory.*\n"
                + "groups: 1/ total: 100 of one: 10\n"));
    }

    [Test]
    public void Groups_that_a_killed_superd_has_left_are_cleaned_by_the_next() =>
        Assert.That(_outputs["killed"], Is.EqualTo("left: 1\ncleaned\n"));

    [Test]
    public void Without_root_a_delegated_group_is_enough() =>
        Assert.That(_outputs["user"], Does.Match("^end eater .* signal=KILL .* reason=memory.*\n$"));

    [Test]
    public void What_is_missing_is_told_by_check_as_by_run()
    {
        string[] lines = _outputs["missing"].Split('\n');
        Assert.That(lines[0], Does.Match("^stranger: limit cannot be kept .memory, cpu.: the group .* has a process .*sleep.* 1 error, "));
        Assert.That(lines[1], Does.Match("^nobody: limit cannot be kept .* may not make groups in .*--user --scope .* 1 error, "));
        Assert.That(lines[2], Does.Match("^no cpu: limit cannot be kept .cpu.: the group .* has no cpu controller; .* 1 error, "));
        Assert.That(lines[3], Does.Match("^run: error .*: error: limit cannot be kept .cpu.: the group .* has no cpu controller; "));
        Assert.That(lines[4], Does.Match("^best effort: limit cannot be kept .cpu.: .*; limit_best_effort lets .* 0 errors, 1 warning"));
        Assert.That(lines[5], Does.Match("^run: warning: limit cannot be kept .cpu.: "));
        Assert.That(lines[6], Does.EndWith("limit memory 16M, cgroup, not kept by this machine: limit cpu"));
        Assert.That(lines[7], Is.EqualTo("served"));
        Assert.That(lines[8..10], Is.EqualTo(new[] { "of the running: 0 errors, 0 warnings", "of the shell: 1 error, 0 warnings" }));
    }

    [Test]
    public void A_disk_is_read_no_faster_than_allowed()
    {
        Match record = Regex.Match(_outputs["disk"], @"end reader .* exit=0 duration_ms=(\d+) ");
        Assert.That(record.Success, _outputs["disk"]);
        Assert.That(int.Parse(record.Groups[1].Value, CultureInfo.InvariantCulture), Is.GreaterThan(1500), "2 MiB at 1 MiB/s");
    }

    [Test]
    public void A_group_without_memory_never_takes_superd_along() => Assert.That(_outputs["flood"], Is.EqualTo("superd lives\n"));
}
