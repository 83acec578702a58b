using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>exec, builtin, redirect, tcpmux: what a service does with its connections.</summary>
public sealed class ActionTests
{
    private const string Udp = "listen = \"udp://:7\"\n";

    [Test]
    public void A_builtin_needs_no_program_and_does_not_count_as_running_as_root()
    {
        ServiceDefinition echo = DefinitionOf(Listen + "builtin = \"echo\"\n", Root, superdToml: "[defaults]\nstderr = \"null\"\n");
        Assert.That((echo.Builtin, echo.Executable, echo.Arguments.Length), Is.EqualTo(((Builtin?)Builtin.Echo, "", 0)));
    }

    [Test]
    public void A_service_does_one_thing() => Assert.That(
        ProblemsOf(Exec + Listen + "builtin = \"echo\"\n"),
        Is.EqualTo(
            ["3:1: error: builtin cannot stand beside exec: a service does one thing with its connections; delete one of the two lines"]));

    [Test]
    public void Silence_is_limited_where_superd_sees_it()
    {
        const string Limit = "idle_timeout = \"3s\"\n";
        Assert.That(DefinitionOf(Listen + "builtin = \"echo\"\n" + Limit).IdleTimeout, Is.EqualTo(TimeSpan.FromSeconds(3)));
        Assert.That(DefinitionOf(Listen + Exec + Limit).IdleTimeout, Is.EqualTo(TimeSpan.FromSeconds(3)));
        Assert.That(
            ProblemsOf(Udp + "builtin = \"echo\"\nbuiltin_udp = true\n" + Limit),
            Has.Exactly(1).Items.And.One.StartsWith("4:1: error: idle_timeout has no meaning for a builtin over UDP"));
    }

    [Test]
    public void A_misspelled_builtin_is_one_error() =>
        Assert.That(
            ProblemsOf(Listen + "builtin = \"ecco\"\n"),
            Has.Exactly(1).Items.And.One.Contains("2:11: error: builtin must be \"echo\", \"discard\""));

    [TestCase("user = \"root\"")]
    [TestCase("argv0 = \"x\"")]
    [TestCase("wait = true")]
    [TestCase("rlimit = { core = 0 }")]
    [TestCase("stderr = \"log\"")]
    [TestCase("penalty = { signal = \"5s\" }")]
    [TestCase("oom_score_adj = 500")]
    [TestCase("cpu_affinity = \"0\"")]
    public void A_key_about_a_process_has_no_meaning_with_a_builtin(string line) =>
        Assert.That(
            ProblemsOf(Listen + "builtin = \"echo\"\n" + line + "\n"),
            Has.One.Contains($"error: {line.Split(' ')[0]} has no meaning with builtin"));

    [Test]
    public void A_service_that_is_reached_by_tcpmux_needs_no_address()
    {
        ServiceDefinition hidden = DefinitionOf(Exec + "tcpmux = true\n");
        Assert.That((hidden.TcpMux, hidden.Listen.Length), Is.EqualTo((true, 0)));
        Assert.That(ProblemsOf(Exec + "tcpmux = false\n"), Has.One.Contains("listen is missing"));
    }

    [TestCase(Listen + Exec + "wait = true\n")]
    [TestCase(Listen + "builtin = \"tcpmux\"\n")]
    [TestCase(Listen + Exec + "proxy_in = \"::1\"\n")]
    public void Tcpmux_cannot_lead_everywhere(string service) =>
        Assert.That(ProblemsOf(service + "tcpmux = true\n"), Has.One.Contains("error: tcpmux has no meaning with"));

    [Test]
    public void A_builtin_over_udp_has_limits_though_none_are_written()
    {
        ServiceDefinition echo = DefinitionOf(Udp + "builtin = \"echo\"\nbuiltin_udp = true\n");
        Assert.That(echo.Listen.Select(address => address.ToString()), Is.EqualTo(["0.0.0.0:7/udp", "[::]:7/udp"]));
        Assert.That((echo.Admission.Rate, echo.Admission.PerSourceRate), Is.EqualTo((PerSecond(100), PerSecond(10))));

        ServiceDefinition written = DefinitionOf(
            Udp + "builtin = \"echo\"\nbuiltin_udp = true\nrate = \"1/s\"\n", superdToml: "[defaults]\nper_source_rate = \"2/s\"\n");
        Assert.That((written.Admission.Rate, written.Admission.PerSourceRate), Is.EqualTo((PerSecond(1), PerSecond(2))));

        static Rate PerSecond(int count) => new(count, TimeSpan.FromSeconds(1), count);
    }

    [TestCase(Udp + "builtin = \"echo\"\n", "1:10: error: a builtin answers datagrams only with builtin_udp = true, because")]
    [TestCase(
        Udp + "builtin = \"echo\"\nbuiltin_udp = false\n",
        "1:10: error: a builtin answers datagrams only with builtin_udp = true, because")]
    [TestCase(
        Listen + "builtin = \"echo\"\nbuiltin_udp = true\n", "3:15: error: builtin_udp has no effect: no address of listen is udp://")]
    [TestCase(Listen + Exec + "builtin_udp = true\n", "3:15: error: builtin_udp has no effect: no address of listen is udp://")]
    [TestCase(Udp + "builtin = \"tcpmux\"\nbuiltin_udp = true\n", "1:10: error: builtin = \"tcpmux\" has no meaning over UDP")]
    [TestCase(
        "listen = [7, \"udp://:7\"]\nbuiltin = \"echo\"\nbuiltin_udp = true\n",
        "1:14: error: a service listens for connections or for datagrams (udp://), not for both")]
    [TestCase(
        Udp + "builtin = \"echo\"\nbuiltin_udp = true\ninstances = 3\n", "4:1: error: instances has no meaning for a builtin over UDP")]
    [TestCase(Udp + "builtin = \"echo\"\nbuiltin_udp = true\nbanner = \"hi\"\n", "4:1: error: banner has no meaning over UDP")]
    [TestCase(Udp + "redirect = '127.0.0.1:80'\n", "2:1: error: redirect has no meaning over UDP")]
    [TestCase(Udp + Exec + "wait = true\nproxy_in = '10.0.0.1'\n", "4:1: error: proxy_in has no meaning over UDP")]
    public void Datagrams_are_answered_only_where_that_is_asked_for_and_means_something(string service, string problem) =>
        Assert.That(ProblemsOf(service), Has.Exactly(1).Items.And.One.StartsWith(problem));

    [Test]
    public void The_same_port_may_be_had_over_tcp_and_over_udp_but_only_once_each()
    {
        using ConfigurationFiles files = new();
        files
            .Service("a", "listen = \"127.0.0.1:9007\"\nbuiltin = \"echo\"\n")
            .Service("b", "listen = \"udp://127.0.0.1:9007\"\nbuiltin = \"echo\"\nbuiltin_udp = true\n");
        Assert.That(files.Problems(), Is.Empty);
        files.Service("c", "listen = \"udp://:9007\"\nbuiltin = \"daytime\"\nbuiltin_udp = true\n");
        Assert.That(files.Problems(), Has.One.Contains("0.0.0.0:9007/udp is already listened on by service 'b'"));
    }

    [Test]
    public void No_service_that_tcpmux_leads_to_is_called_help()
    {
        using ConfigurationFiles files = new();
        Assert.That(
            files.Service("Help", Exec + "tcpmux = true\n").Problems(),
            Has.One.Contains("services.d/Help.toml:2:10: error: tcpmux cannot lead to a service of this name"));
    }
}
