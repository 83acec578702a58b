using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>
/// Redirects that would make superd its own client, as far as the configuration shows it, and the default limit on redirects without one.
/// </summary>
public sealed class RoundTripTests
{
    [TestCase("9003", "127.0.0.1:9003")]
    [TestCase("9003", "127.0.0.7:9003")]
    [TestCase("9003", "0.0.0.0:9003")]
    [TestCase("9003", "[::1]:9003")]
    [TestCase("9003", "[::]:9003")]
    [TestCase("9003", "[::ffff:127.0.0.1]:9003")]
    [TestCase("'127.0.0.1:9003'", "127.0.0.1:9003")]
    [TestCase("'127.0.0.1:9003'", "0.0.0.0:9003")]
    [TestCase("'192.0.2.1:9003'", "192.0.2.1:9003")]
    [TestCase("'unix:/tmp/han.sock'", "unix:/tmp/../tmp/han.sock")]
    [TestCase("'unix:@han'", "unix:@han")]
    public void A_redirect_to_its_own_listener_is_an_error_that_names_both_places(string listen, string backend)
    {
        string[] problems = ProblemsOf($"listen = {listen}\nredirect = '{backend}'\n");
        Assert.That(problems, Has.Length.EqualTo(1));
        Assert.That(problems[0], Does.StartWith("2:12: error: redirect leads back to its own service 'han': "));
        Assert.That(
            problems[0],
            Does.Contain("2:12) is where 'han' listens (").And.Contains("1:10); each connection would make the next one without an end"));
    }

    [TestCase("9003", "127.0.0.1:9004")]
    [TestCase("'127.0.0.1:9003'", "127.0.0.2:9003")]
    [TestCase("{ v6only }", "127.0.0.1:9003")]
    [TestCase("9003", "localhost:9003")]
    [TestCase("9003", "192.0.2.1:9003")]
    [TestCase("0", "127.0.0.1:9003")]
    [TestCase("'unix:@han'", "unix:/tmp/han")]
    [TestCase("'unix:@han'", "unix:@Han")]
    public void What_may_lead_elsewhere_is_not(string listen, string backend) =>
        Assert.That(
            ProblemsOf((listen == "{ v6only }" ? "listen = 9003\nv6only = true" : $"listen = {listen}") + $"\nredirect = '{backend}'\n"),
            Is.Empty);

    [Test]
    public void A_way_back_through_other_services_is_one_error_that_names_the_way()
    {
        using ConfigurationFiles files = new();
        files
            .Service("a", "listen = 9003\nredirect = '127.0.0.1:9004'\n")
            .Service("b", "listen = 9004\nredirect = '[::1]:9005'\n")
            .Service("c", "listen = 9005\nredirect = '0.0.0.0:9003'\n")
            .Service("into", "listen = 9006\nredirect = '127.0.0.1:9003'\n");

        Assert.That(files.Problems(), Is.EqualTo([
            "services.d/a.toml:2:12: error: redirect leads back to its own service 'a': "
            + "127.0.0.1:9004 (services.d/a.toml:2:12) is where 'b' listens (services.d/b.toml:1:10), and "
            + "[::1]:9005 (services.d/b.toml:2:12) is where 'c' listens (services.d/c.toml:1:10), and "
            + "0.0.0.0:9003 (services.d/c.toml:2:12) is where 'a' listens (services.d/a.toml:1:10); "
            + "each connection would make the next one without an end; name another backend"]));
        Assert.That(
            files.Load().Server!.Services.Select(service => service.Name), Is.EqualTo(["b", "c", "into"]), "without that one the way ends");
    }

    [Test]
    public void A_redirect_to_a_service_that_serves_its_clients_itself_is_none()
    {
        using ConfigurationFiles files = new();
        files
            .Service("a", "listen = 9003\nredirect = '127.0.0.1:9004'\n")
            .Service("b", "listen = 9004\nredirect = '127.0.0.1:9005'\n")
            .Service("c", "listen = 9005\n" + Exec)
            .Service("d", "listen = 9006\nredirect = '127.0.0.1:9007'\n")
            .Service("e", "listen = 9007\nbuiltin = 'echo'\n")
            .Service("f", "listen = 9008\nenabled = false\nredirect = '127.0.0.1:9008'\n");

        Assert.That(files.Problems(), Is.Empty);
    }

    [Test]
    public void The_way_back_may_lead_through_tcpmux()
    {
        using ConfigurationFiles files = new();
        files
            .Service("mux", "listen = 9003\nbuiltin = 'tcpmux'\n")
            .Service("fine", "tcpmux = true\n" + Exec)
            .Service("other", "listen = 9004\nredirect = '127.0.0.1:9003'\n")
            .Service("relay", "tcpmux = true\nredirect = '127.0.0.1:9003'\n");

        Assert.That(files.Problems(), Is.EqualTo([
            "services.d/relay.toml:2:12: error: redirect leads back to its own service 'relay': "
            + "127.0.0.1:9003 (services.d/relay.toml:2:12) is where 'mux' listens (services.d/mux.toml:1:10), and "
            + "clients of its tcpmux (services.d/mux.toml:2:11) may ask for 'relay' (services.d/relay.toml:1:10); "
            + "each connection would make the next one without an end; name another backend"]));
    }

    [TestCase("unix:../console.sock")]
    [TestCase("unix:../link.sock")]
    [TestCase("unix:../second.sock")]
    [TestCase("unix:../linked/console.sock")]
    public void A_redirect_to_the_console_is_an_error_by_whatever_path(string backend)
    {
        using ConfigurationFiles files = new("[control]\nsocket = 'console.sock'\n");
        files.Directory.Write("console.sock", "");
        File.CreateSymbolicLink(files.Directory["link.sock"], "console.sock");
        File.CreateSymbolicLink(files.Directory["linked"], files.Directory.Path);
        Tool.Run("ln", files.Directory["console.sock"], files.Directory["second.sock"]);

        Assert.That(
            files.Service("han", Listen + $"redirect = '{backend}'\n").Problems(),
            Has.One.StartsWith("services.d/han.toml:2:12: error: redirect leads to superd's own console: "));
    }

    [Test]
    public void The_console_may_be_at_its_usual_place()
    {
        using ConfigurationFiles files = new();
        string usual = ControlPlaces.Candidates(files.Directory["superd.toml"], Able.UserId)[^1];
        files.Service("han", Listen + $"redirect = 'unix:{usual}'\n");
        Assert.That(files.Problems(), Has.One.StartsWith("services.d/han.toml:2:12: error: redirect leads to superd's own console: "));

        files.Directory.Write("superd.toml", "[control]\nenabled = false\n");
        Assert.That(files.Problems(), Is.Empty, "where there is none, the file is anybody's");
    }

    [TestCase("", true)]
    [TestCase("proxy_out = 'v1'\n", false)]
    public void A_client_that_may_write_the_header_superd_believes_is_a_warning(string line, bool isWarned)
    {
        using ConfigurationFiles files = new();
        files
            .Service("a", "listen = 9003\nredirect = '127.0.0.1:9004'\n" + line)
            .Service("b", "listen = 9004\nproxy_in = '127.0.0.1'\n" + Exec);

        Assert.That(files.Problems(), isWarned
            ? Has.One.StartsWith(
                "services.d/a.toml:2:12: warning: redirect leads to 'b', which believes a PROXY header (services.d/b.toml:2:12)")
            : Is.Empty);
    }

    [TestCase("redirect = 'db.example:80'\n", 1000)]
    [TestCase("builtin = 'echo'\n", 1000)]
    [TestCase("builtin = 'tcpmux'\n", 1000)]
    [TestCase("redirect = 'db.example:80'\ninstances = 5000\n", 5000)]
    [TestCase(Exec, null)]
    public void What_superd_serves_itself_has_a_bound_where_nobody_wrote_one(string action, int? instances)
    {
        Assert.That(DefinitionOf(Listen + action).Instances, Is.EqualTo(instances));
        Assert.That(
            DefinitionOf(Listen + action, superdToml: "[defaults]\ninstances = 40\n").Instances,
            Is.EqualTo(action.Contains("instances") ? instances : 40));
    }

    [Test]
    public void What_has_that_bound_may_queue() =>
        Assert.That(DefinitionOf(Listen + "redirect = 'db.example:80'\nwhen_full = 'queue'\n").WhenFull, Is.EqualTo(WhenFull.Queue));
}
