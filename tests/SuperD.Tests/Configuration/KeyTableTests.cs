using System.Collections;
using System.Reflection;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Keys;
using SuperD.Configuration.Toml;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>The key table agrees with the records it fills: no row without an effect, no property without a row.</summary>
public sealed class KeyTableTests
{
    private static IEnumerable<string> ServiceKeys =>
        from key in KeyTable.Rows
        where key.Places.HasFlag(KeyPlaces.Service) || key.Places.HasFlag(KeyPlaces.Limits)
        select key.Places.HasFlag(KeyPlaces.Limits) ? $"rlimit.{key.Name} = {key.Example}" : $"{key.Name} = {key.Example}";

    private static IEnumerable<string> ServerKeys =>
        from key in KeyTable.Rows
        where key.Places.HasFlag(KeyPlaces.Server) || key.Places.HasFlag(KeyPlaces.Log) || key.Places.HasFlag(KeyPlaces.Control)
        select (key.Places.HasFlag(KeyPlaces.Log) ? "log." : key.Places.HasFlag(KeyPlaces.Control) ? "control." : "")
            + $"{key.Name} = {key.Example}";

    [TestCaseSource(nameof(ServiceKeys))]
    public void The_example_of_a_service_key_is_read_and_fills_a_property(string line)
    {
        ServiceConfig config = ReadService(line, out Problems problems);
        Assert.That(problems.InOrder("").Select(problem => problem.Message), Is.Empty);
        Assert.That(Filled(config), Is.Not.Empty, "no property was set");
    }

    [TestCaseSource(nameof(ServerKeys))]
    public void The_example_of_a_server_key_is_read_and_fills_a_property(string line)
    {
        ServerConfig config = ReadServer(line, out Problems problems);
        Assert.That(problems.InOrder("").Select(problem => problem.Message), Is.Empty);
        Assert.That(Filled(config).Concat(Filled(config.Defaults)), Is.Not.Empty, "no property was set");
    }

    [Test]
    public void Every_property_of_a_service_as_written_is_filled_by_some_key()
    {
        IEnumerable<string> filled = ServiceKeys.SelectMany(line => Filled(ReadService(line, out _)));
        Assert.That(filled.Distinct(), Is.EquivalentTo(WrittenProperties(typeof(ServiceConfig))));
    }

    [Test]
    public void Every_property_of_superd_toml_as_written_is_filled_by_some_key()
    {
        IEnumerable<string> filled = ServerKeys.SelectMany(line => Filled(ReadServer(line, out _)));
        Assert.That(filled.Distinct(), Is.EquivalentTo(WrittenProperties(typeof(ServerConfig))));
    }

    [Test]
    public void Two_keys_never_fill_one_property()
    {
        string[] filled = [.. ServiceKeys.Where(line => !line.StartsWith("rlimit")).SelectMany(line => Filled(ReadService(line, out _)))];
        Assert.That(filled, Is.Unique);
    }

    [Test]
    public void Every_key_changes_the_definition()
    {
        // Each line is compared with a minimal file; each value differs from the default.
        string[] lines =
        [
            "argv0 = \"x\"", "match = { from = \"::1\", env.A = \"x\" }",
            "description = \"x\"", "enabled = false", "wait = true", "user = 5\ngroup = 6", "group = 6", "groups = [6]",
            "capabilities = []", "umask = \"077\"",
            "nice = 5", "oom_score_adj = 5", "cpu_affinity = \"0\"", "directory = \"/usr\"", "chroot = \"/\"", "env.A = \"x\"",
            "sandbox = \"basic\"",
            "pass_env = [\"HOME\"]", "user = \"root\"\nlogin_env = false", "rlimit.core = 0",
            "limit.memory = \"64M\"", "limit_total.processes = 9", "stderr = \"null\"",
            "log_exit = \"warn\"", "instances = 3",
            "instances = 3\nwhen_full = \"queue\"", "stop_grace = \"1s\"",
            "instances = 3\nreserve = { slots = 1, from = \"::1\" }",
            "only_from = []",
            "no_access = \"::1\"", "check_from = \"::1\"",
            "access_times = \"Sun\"",
            "access_times = \"Sun\"\ntime_zone = \"UTC\"",
            "max_load = 3",
            "per_source = 3",
            "per_source = 3\nsource_prefix = { v4 = 24 }", "rate = \"5/s\"", "per_source_rate = \"5/s\"", "penalty.signal = \"5s\"",
            "run_timeout = \"1s\"", "first_byte_timeout = \"1s\"", "idle_timeout = \"1s\"", "gone_timeout = \"1s\"",
            "orphans = \"keep\"", "close = \"immediate\"",
            "backlog = 1", "nodelay = true", "keepalive = false", "user_timeout = \"1s\"", "v6only = true",
            "banner = \"x\"", "banner_success = \"x\"", "banner_fail = \"x\"", "tcpmux = true", "proxy_in = \"::1\"",
        ];
        string[] linesOfSandbox =
        [
            "readable = \"/srv\"", "writable = \"/srv\"", "network = \"off\"", "syscalls = \"+ptrace\"",
            "sandbox_best_effort = true",
        ];
        string[] linesOfJails = ["jail.tmp = \"1M\""];
        const string BestEffortOfLimits = "limit_best_effort = true";
        string[] linesOfSockets = ["socket_mode = \"0600\"", "socket_owner = \"root\""];
        string[] linesOfDatagrams = ["idle_timeout = \"1s\""];
        string[] linesOfAgents = ["agent_for = \"han\""];
        string[] linesOfPages = ["web.hosts = \"superd.example.org\""];
        string[] linesOfRedirect = ["proxy_out = \"v1\"", "connect_timeout = \"1s\"", "idle_timeout = \"1s\""];
        using (Assert.EnterMultipleScope())
        {
            AssertChanges("listen = 9003\n" + Exec, lines);
            AssertChanges("listen = 9003\nsandbox = \"basic\"\n" + Exec, linesOfSandbox[..^1]);
            AssertBestEffort("listen = 9003\nsandbox = \"basic\"\n" + Exec, linesOfSandbox[^1]);
            AssertChanges("listen = 9003\nsandbox = \"jail\"\n" + Exec, linesOfJails);
            AssertBestEffort("listen = 9003\nlimit.processes = 9\n" + Exec, BestEffortOfLimits);
            AssertChanges("listen = \"unix:/han\"\n" + Exec, linesOfSockets);
            AssertChanges("listen = \"udp://:9003\"\n" + Exec, linesOfDatagrams);
            AssertChanges("listen = 9003\nbuiltin = \"agent\"\n", linesOfAgents);
            AssertChanges("listen = 9003\nbuiltin = \"web\"\n", linesOfPages);
            AssertChanges("listen = 9003\nredirect = \"127.0.0.1:80\"\n", linesOfRedirect);
        }

        string[][] all =
            [lines, linesOfSandbox, linesOfJails, linesOfSockets, linesOfDatagrams, linesOfAgents, linesOfPages, linesOfRedirect];
        IEnumerable<string> tried = all
            .SelectMany(some => some).Append(BestEffortOfLimits)
            .SelectMany(line => line.Split('\n')).Select(line => line.Split(' ', '.')[0]).Distinct();
        // exec excludes all of these but listen
        IEnumerable<string> known = KeyTable
            .NamesAt(KeyPlaces.Service)
            .Except(["listen", "exec", "builtin", "builtin_udp", "redirect", "sensor"]);
        Assert.That(tried, Is.EquivalentTo(known), "a key was added: add it here too");
    }

    private static void AssertChanges(string essentials, string[] lines)
    {
        HostContext host = Able with { Variable = name => name };
        string plain = Facts(DefinitionOf(essentials, host));
        foreach (string line in lines)
        {
            Assert.That(Facts(DefinitionOf(essentials + line, host)), Is.Not.EqualTo(plain), line);
        }
    }

    /// <summary>It changes a definition only where something is missing; without it there is none.</summary>
    private static void AssertBestEffort(string essentials, string line)
    {
        HostContext host = Able with
        {
            Sandbox = new SandboxAbilities { LandlockAbi = 0, HasFilters = true },
            Cgroup = new CgroupHome(),
        };
        using ConfigurationFiles files = new();
        Assert.That(files.Service("han", essentials).Load(host).Server!.Services, Is.Empty);
        Assert.That(files.Service("han", essentials + line).Load(host).Server!.Services, Has.Length.EqualTo(1));
    }

    [Test]
    public void Every_key_says_what_it_is_for()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Key key in KeyTable.Rows)
            {
                Assert.That(key.Help, Does.EndWith("."), key.Name);
                Assert.That(key.Name, Does.Match("^[a-z0-9_]+$"), key.Name);
            }
        }
    }

    private static ServiceConfig ReadService(string text, out Problems problems)
    {
        TomlDocument document = Parse(text);
        var config = new ServiceConfig("han", "han.toml", document);
        problems = new Problems();
        TableReader.Read(document.Root, config, new TableScope(KeyPlaces.Service, "", "han.toml", problems, null));
        return config;
    }

    private static ServerConfig ReadServer(string text, out Problems problems)
    {
        var config = new ServerConfig("superd.toml");
        problems = new Problems();
        TableReader.Read(Parse(text).Root, config, new TableScope(KeyPlaces.Server, "", "superd.toml", problems, null));
        return config;
    }

    private static TomlDocument Parse(string text)
    {
        TomlDocument document = TomlDocument.Parse(System.Text.Encoding.UTF8.GetBytes(text), "test");
        Assert.That(document.Diagnostics, Is.Empty);
        return document;
    }

    /// <summary>Names of the properties that hold written values: a <c>Written</c>, or the limits.</summary>
    private static IEnumerable<string> WrittenProperties(Type config) => Properties(config).Select(property => property.Name);

    private static IEnumerable<string> Filled(object config) =>
        from property in Properties(config.GetType())
        let value = property.GetValue(config)
        where value is not null and not ICollection { Count: 0 }
        select property.Name;

    private static IEnumerable<PropertyInfo> Properties(Type config) =>
        config.GetProperties().Where(property => property.CanWrite || property.PropertyType.IsAssignableTo(typeof(IDictionary)));
}
