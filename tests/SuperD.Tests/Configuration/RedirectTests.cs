using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>The syntax of redirect and proxy_in: valid backends, and the keys that go with them.</summary>
public sealed class RedirectTests
{
    [TestCase("127.0.0.1:80", "127.0.0.1:80")]
    [TestCase("[::1]:80", "[::1]:80")]
    [TestCase("db.example:5432", "db.example:5432")]
    [TestCase("localhost:65535", "localhost:65535")]
    [TestCase("unix:/run/db.sock", "unix:/run/db.sock")]
    [TestCase("unix:@db", "unix:@db")]
    public void A_backend_is_a_name_or_an_address_with_a_port_or_a_unix_socket(string text, string backend) =>
        Assert.That(DefinitionOf(Listen + $"redirect = \"{text}\"").Redirect!.Backend.ToString(), Is.EqualTo(backend));

    [Test]
    public void A_relative_path_starts_at_the_service_file()
    {
        using ConfigurationFiles files = new();
        LoadResult result = files.Service("han", Listen + "redirect = 'unix:../db.sock'").Load();
        Assert.That(result.Server!.Services[0].Redirect!.Backend.Address!.ToString(), Is.EqualTo(files.Directory["db.sock"]));
    }

    [Test]
    public void A_literal_address_is_not_looked_up()
    {
        Assert.That(
            DefinitionOf(Listen + "redirect = '127.0.0.1:80'").Redirect!.Backend,
            Is.EqualTo(new Backend(null, 80, new IPEndPoint(IPAddress.Loopback, 80))));
        Assert.That(DefinitionOf(Listen + "redirect = 'localhost:80'").Redirect!.Backend, Is.EqualTo(new Backend("localhost", 80, null)));
        Assert.That(
            DefinitionOf(Listen + "redirect = 'unix:/x'").Redirect!.Backend.Address, Is.EqualTo(new UnixDomainSocketEndPoint("/x")));
    }

    [TestCase("db.example")]
    [TestCase("db.example:0")]
    [TestCase("db.example:65536")]
    [TestCase("db.example:http")]
    [TestCase(":80")]
    [TestCase("::1:80")]
    [TestCase("[::1]")]
    [TestCase("[127.0.0.1]:80")]
    [TestCase("127.1:80")]
    [TestCase("0177.0.0.1:80")]
    [TestCase("1.2.3.4.5:80")]
    [TestCase("a b:80")]
    [TestCase("tcp://db.example:80")]
    [TestCase("unix:")]
    [TestCase("unix:@")]
    [TestCase("unix:/run/")]
    public void Anything_else_is_an_error(string text) =>
        Assert.That(
            ProblemsOf(Listen + $"redirect = \"{text}\""),
            Is.EqualTo(
                [
                    "2:12: error: redirect must be \"HOST:PORT\", with a name, an IPv4 address or an IPv6 address in brackets, or "
                        + $"\"unix:PATH\", found \"{text}\"; for example redirect = \"db.example:5432\"",
                ]));

    [Test]
    public void A_unix_path_that_no_socket_address_holds_is_an_error() =>
        Assert.That(
            ProblemsOf(Listen + $"redirect = \"unix:/{new string('x', 108)}\""), Has.One.StartsWith("2:12: error: redirect must be "));

    [Test]
    public void Redirect_and_exec_exclude_each_other() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "redirect = \"127.0.0.1:80\""),
            Is.EqualTo(
                [
                    "3:1: error: redirect cannot stand beside exec: a service does one thing with its connections; delete one of the two "
                        + "lines",
                ]));

    [TestCase("wait = true")]
    [TestCase("user = \"root\"")]
    [TestCase("rlimit = { core = 0 }")]
    [TestCase("stderr = \"log\"")]
    public void What_is_said_of_a_program_has_no_meaning_with_redirect(string line) =>
        Assert.That(
            ProblemsOf(Listen + "redirect = \"127.0.0.1:80\"\n" + line),
            Has.One.EqualTo($"3:1: error: {line.Split(' ')[0]} has no meaning with redirect: no program is launched; delete the line"));

    [Test]
    public void What_the_defaults_say_of_programs_is_for_other_services() =>
        Assert.That(
            ProblemsOf(Listen + "redirect = \"127.0.0.1:80\"", superdToml: "[defaults]\numask = \"077\"\nstop_grace = \"1s\"\n"), Is.Empty);

    [Test]
    public void A_redirect_of_root_runs_nothing_as_root() =>
        Assert.That(ProblemsOf(Listen + "redirect = \"127.0.0.1:80\"", Root), Is.Empty);

    [TestCase("proxy_out = \"v1\"")]
    [TestCase("connect_timeout = \"3s\"")]
    public void What_is_said_of_a_relay_has_no_meaning_without_redirect(string line) =>
        Assert.That(
            ProblemsOf(Listen + Exec + line),
            Is.EqualTo([$"3:1: error: {line.Split(' ')[0]} has no meaning without redirect; delete the line"]));

    [Test]
    public void Times_of_relays_are_inherited_and_must_not_be_zero()
    {
        const string Defaults = "[defaults]\nconnect_timeout = \"3s\"\nidle_timeout = \"10m\"\n";
        ServiceDefinition service = DefinitionOf(Listen + "redirect = \"127.0.0.1:80\"\nconnect_timeout = \"4s\"", superdToml: Defaults);
        Assert.That(
            (service.Redirect!.ConnectTimeout, service.IdleTimeout), Is.EqualTo((TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(10))));
        Assert.That(
            ProblemsOf(Listen + "redirect = \"127.0.0.1:80\"\nidle_timeout = \"0s\""),
            Is.EqualTo(["3:16: error: idle_timeout must be longer than 0s, or no connection could live; delete the line for the default"]));
    }

    [Test]
    public void Proxies_are_named_as_addresses()
    {
        Assert.That(
            DefinitionOf(Listen + Exec + "proxy_in = [\"10.0.0.0/8\", \"::1\"]").Admission.ProxyIn!.Prefixes, Has.Length.EqualTo(2));
        Assert.That(DefinitionOf(Listen + Exec).Admission.ProxyIn, Is.Null);
        Assert.That(
            ProblemsOf(Listen + Exec + "proxy_in = [\"10.0.0.1/8\"]"),
            Has.One.StartsWith("3:13: error: proxy_in: \"10.0.0.1/8\" has bits set"));
        Assert.That(
            ProblemsOf(Listen + Exec + "proxy_in = []"),
            Is.EqualTo(["3:12: error: proxy_in holds no address, so nobody could connect; name the proxies, or delete the line"]));
        Assert.That(
            ProblemsOf(Listen + Exec + "wait = true\nproxy_in = \"10.0.0.1\""),
            Has.One.StartsWith("4:12: error: proxy_in has no meaning with wait = true"));
    }
}
