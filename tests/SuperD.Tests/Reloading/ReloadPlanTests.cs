using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Reloading;
using SuperD.Tests.Configuration;

namespace SuperD.Tests.Reloading;

/// <summary>The differences between the configuration in force and the one just read.</summary>
public sealed class ReloadPlanTests
{
    private const string Cat = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n";

    private ConfigurationFiles _files = null!; // made before each test

    [SetUp]
    public void Prepare() => _files = new ConfigurationFiles();

    [TearDown]
    public void Clean_up() => _files.Dispose();

    [Test]
    public void Every_service_is_added_changed_removed_or_kept()
    {
        ServerDefinition running = Load("", ("kept", Cat), ("changed", Cat), ("removed", Cat));
        ReloadPlan plan = ReloadPlan.Between(running, Load("", ("kept", Cat), ("changed", Cat + "nodelay = true\n"), ("added", Cat)));

        Assert.That(Names(plan.Added), Is.EqualTo((string[])["added"]));
        Assert.That(Names(plan.Changed), Is.EqualTo((string[])["changed"]));
        Assert.That(Names(plan.Removed), Is.EqualTo((string[])["removed"]));
        Assert.That(plan.Kept, Is.EqualTo(1));
        Assert.That(plan.KeysForRestart, Is.Empty);
    }

    [Test]
    public void What_is_equal_stays_the_very_same_object()
    {
        ServerDefinition running = Load("", ("cat", Cat));

        ReloadPlan plan = ReloadPlan.Between(running, Load("", ("cat", "# said otherwise\n" + Cat)));

        Assert.That(plan.Server.Services.Single(), Is.SameAs(running.Services.Single()));
    }

    [Test]
    public void A_disabled_service_counts_as_absent()
    {
        ServerDefinition enabled = Load("", ("cat", Cat)), disabled = Load("", ("cat", Cat + "enabled = false\n"));

        ReloadPlan off = ReloadPlan.Between(enabled, disabled), on = ReloadPlan.Between(disabled, enabled);

        Assert.That((Names(off.Removed), Names(off.Changed)), Is.EqualTo(((string[])["cat"], Array.Empty<string>())));
        Assert.That((Names(on.Added), Names(on.Changed)), Is.EqualTo(((string[])["cat"], Array.Empty<string>())));
    }

    [TestCase("[control]\nenabled = false", "control.enabled")]
    [TestCase("[log]\nformat = 'json'", "log.format")]
    [TestCase("[log]\ntarget = 'syslog'", "log.target")]
    public void A_key_that_needs_a_restart_is_named_and_keeps_its_value(string toml, string key)
    {
        ServerDefinition running = Load("");

        ReloadPlan plan = ReloadPlan.Between(running, Load(toml));

        Assert.That(plan.KeysForRestart, Is.EqualTo((string[])[key]));
        Assert.That(
            (plan.Server.LogFormat, plan.Server.LogTarget, plan.Server.Control),
            Is.EqualTo((running.LogFormat, running.LogTarget, running.Control)));
    }

    [Test]
    public void Files_of_addresses_are_those_of_the_services_that_will_run()
    {
        string used = _files.Directory.Write("used", "10.0.0.0/8\n"), unused = _files.Directory.Write("unused", "10.0.0.0/8\n");
        ServerDefinition running = Load("");

        ReloadPlan plan = ReloadPlan.Between(
            running, Load("", ("cat", Cat + $"only_from = '@{used}'\n"), ("off", Cat + $"only_from = '@{unused}'\nenabled = false\n")));

        Assert.That(plan.AddressFiles, Is.EqualTo((string[])[used]));
    }

    private static string[] Names(IEnumerable<ServiceDefinition> services) => [.. services.Select(service => service.Name)];

    private ServerDefinition Load(string superdToml, params (string Name, string Toml)[] services)
    {
        Directory.Delete(_files.Directory["services.d"], recursive: true);
        _files.Directory.MakeDirectory("services.d");
        _files.Directory.Write("superd.toml", superdToml);
        Array.ForEach(services, service => _files.Service(service.Name, service.Toml));
        LoadResult result = _files.Load();
        Assert.That(result.HasErrors, Is.False, string.Join('\n', result.Diagnostics));
        return result.Server!; // without an error
    }
}
