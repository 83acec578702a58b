using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Handlers;

/// <summary>The superd.toml and the service files that superd ships, and the programs they launch.</summary>
public sealed class ServiceFilesTests
{
    [Test]
    public void The_services_that_come_with_superd_have_no_error()
    {
        var result = Load();

        Assert.That(result.Diagnostics.Where(diagnostic => diagnostic.Severity == Severity.Error), Is.Empty);
        Assert.That(
            result.Server!.Services.Select(service => $"{service.Name} {string.Join(' ', service.Listen)}"), // no error: there is a server
            Is.EqualTo(new[] { "concurrent 127.0.0.1:9002", "han 127.0.0.1:9003", "web 127.0.0.1:9008", "welcome 127.0.0.1:9001" }));
    }

    [TestCase("concurrent")]
    [TestCase("han")]
    [TestCase("welcome")]
    public void The_handler_of_a_service_can_be_executed(string name)
    {
        var service = Load().Server!.Services.Single(service => service.Name == name); // as above

        Assert.That(File.GetUnixFileMode(service.Executable).HasFlag(UnixFileMode.UserExecute), Is.True, service.Executable);
    }

    [Test]
    public void Welcome_serves_one_client_at_a_time_and_lets_the_others_wait()
    {
        var welcome = Load().Server!.Services.Single(service => service.Name == "welcome"); // as above

        Assert.That(
            welcome, Has.Property(nameof(welcome.Instances)).EqualTo(1).And.Property(nameof(welcome.WhenFull)).EqualTo(WhenFull.Queue));
    }

    private static LoadResult Load() => ConfigurationLoader.Load(Repository.PathOf("superd.toml"), HostContext.Current());
}
