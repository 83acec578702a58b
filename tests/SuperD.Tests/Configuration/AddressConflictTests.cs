using NUnit.Framework;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>Pairs of sockets that Linux cannot bind at the same time.</summary>
public sealed class AddressConflictTests
{
    [Test]
    public void Two_services_on_one_address_are_named_with_both_places()
    {
        using ConfigurationFiles files = Two("\"127.0.0.1:80\"", "\"127.0.0.1:80\"");
        Assert.That(
            files.Problems(),
            Is.EqualTo(
                [
                    "services.d/b.toml:1:10: error: 127.0.0.1:80 is already listened on by service 'a' at services.d/a.toml:1:10; choose "
                        + "another port or address for one of them",
                ]));
    }

    [TestCase("\"0.0.0.0:80\"", "\"127.0.0.1:80\"")]
    [TestCase("\"127.0.0.1:80\"", "\"0.0.0.0:80\"")]
    [TestCase("80", "\"127.0.0.1:80\"")]
    [TestCase("80", "\"[::1]:80\"")]
    [TestCase("\"[::]:80\"", "\"0.0.0.0:80\"")]
    [TestCase("\"[::]:80\"", "\"127.0.0.1:80\"")]
    [TestCase("\"[::1]:80\"", "\"[0:0::1]:80\"")]
    [TestCase("\":http\"", "\"127.0.0.1:80\"")]
    [TestCase("80\nwait = true", "\"127.0.0.1:80\"")]
    [TestCase("80\nwait = true", "\"[::1]:80\"")]
    [TestCase("80\nwait = true", "80\nwait = true")]
    public void Addresses_that_overlap_conflict(string left, string right)
    {
        using ConfigurationFiles files = Two(left, right);
        Assert.That(
            files.Problems(),
            Has.Some.StartsWith("services.d/b.toml:1:10: error: ")
                .And.All.Contains(" is already listened on by service 'a' at services.d/a.toml:1:10"));
    }

    [TestCase("\"127.0.0.1:80\"", "\"127.0.0.2:80\"")]
    [TestCase("\"127.0.0.1:80\"", "\"[::1]:80\"")]
    [TestCase("\"0.0.0.0:80\"", "\"[::1]:80\"")]
    [TestCase("\"0.0.0.0:80\"", "80\nv6only = true")]
    [TestCase("80\nv6only = true\nwait = true", "\"127.0.0.1:80\"")]
    [TestCase("80", "81")]
    [TestCase("0", "0")]
    [TestCase("\"127.0.0.1:0\"", "\"127.0.0.1:0\"")]
    [TestCase("80", "80\nenabled = false")]
    public void Addresses_that_do_not_overlap_live_together(string left, string right)
    {
        using ConfigurationFiles files = Two(left, right);
        Assert.That(files.Problems(), Is.Empty);
    }

    [Test]
    public void One_address_twice_in_one_service_is_an_error() =>
        Assert.That(
            ProblemsOf($"listen = [80, \"127.0.0.1:80\"]\n{Exec}"),
            Is.EqualTo(
                [
                    "1:15: error: 127.0.0.1:80 is already listened on by this service itself at 1:11, where 0.0.0.0:80 takes it too; "
                        + "delete one of the two",
                ]));

    [Test]
    public void The_second_service_is_left_out_and_the_first_runs()
    {
        using ConfigurationFiles files = Two("80", "80");
        Assert.That(files.Load().Server!.Services.Select(service => service.Name), Is.EqualTo(["a"]));
    }

    [Test]
    public void A_service_that_is_bad_anyway_gets_the_blame_and_the_other_one_runs()
    {
        using ConfigurationFiles files = Two("80\nnice = 99", "80");
        Assert.That(files.Load().Server!.Services.Select(service => service.Name), Is.EqualTo(["b"]));
        Assert.That(files.Problems(), Has.Length.EqualTo(2).And.All.StartsWith("services.d/a.toml:"));
    }

    private static ConfigurationFiles Two(string left, string right) =>
        new ConfigurationFiles().Service("a", $"listen = {left}\n{Exec}").Service("b", $"listen = {right}\n{Exec}");
}
