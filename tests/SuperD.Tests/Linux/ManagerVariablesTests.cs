using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Linux;

/// <summary>A service manager's variables: their meaning, and when they are meant for another process.</summary>
public sealed class ManagerVariablesTests
{
    private const int OwnPid = 17;

    [Test]
    public void Without_variables_there_is_no_manager() =>
        Assert.That(Read([]), Is.EqualTo(ManagerVariables.None with { PassedNames = [] }).UsingPropertiesComparer());

    [Test]
    public void Descriptors_are_counted_and_named()
    {
        ManagerVariables variables = Read(new() { ["LISTEN_FDS"] = "3", ["LISTEN_PID"] = "17", ["LISTEN_FDNAMES"] = "han:ssh.socket:" });

        Assert.That(variables.PassedDescriptors, Is.EqualTo(3));
        Assert.That(variables.PassedNames, Is.EqualTo(new[] { "han", "ssh.socket", "" }));
    }

    [TestCase("18")]
    [TestCase("")]
    [TestCase(null)]
    public void Descriptors_for_another_process_are_not_ours(string? pid) =>
        Assert.That(Read(new() { ["LISTEN_FDS"] = "3", ["LISTEN_PID"] = pid, ["LISTEN_FDNAMES"] = "a:b:c" }).PassedDescriptors, Is.Zero);

    [TestCase("-1")]
    [TestCase("many")]
    [TestCase("0x3")]
    [TestCase("99999999999999999999999999")]
    public void A_number_that_is_none_counts_as_none(string number)
    {
        ManagerVariables variables =
            Read(new() { ["LISTEN_FDS"] = number, ["LISTEN_PID"] = "17", ["WATCHDOG_USEC"] = number, ["FDSTORE"] = number });

        Assert.That((variables.PassedDescriptors, variables.StoreSize), Is.EqualTo((0, 0)));
        Assert.That(variables.Watchdog, Is.Null);
    }

    [TestCase(null, 20.0)]
    [TestCase("17", 20.0)]
    [TestCase("18", null)]
    public void A_watchdog_is_for_the_process_it_names(string? pid, double? seconds) =>
        Assert.That(Read(new() { ["WATCHDOG_USEC"] = "20000000", ["WATCHDOG_PID"] = pid }).Watchdog?.TotalSeconds, Is.EqualTo(seconds));

    [TestCase(null, 0)]
    [TestCase("0", 0)]
    [TestCase("1024", 1024)]
    [TestCase("9999999999", int.MaxValue)]
    public void The_manager_keeps_as_many_descriptors_as_it_says(string? written, int expected) =>
        Assert.That(Read(new() { ["FDSTORE"] = written }).StoreSize, Is.EqualTo(expected));

    [TestCase("/run/notify", "/run/notify")]
    [TestCase("@notify", "@notify")]
    [TestCase("", null)]
    public void The_notify_socket_is_as_written(string written, string? expected) =>
        Assert.That(Read(new() { ["NOTIFY_SOCKET"] = written }).NotifySocket, Is.EqualTo(expected));

    private static ManagerVariables Read(Dictionary<string, string?> variables) =>
        ManagerVariables.Read(name => variables.GetValueOrDefault(name), OwnPid);
}
