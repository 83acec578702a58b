using NUnit.Framework;
using SuperD.Configuration.Keys;
using SuperD.Importing.Xinetd;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>The words of other programs, and what they are called here.</summary>
public sealed class ForeignWordTests
{
    private static IEnumerable<string> Words => ForeignWords.Rows.SelectMany(row => row.Names);

    private static IEnumerable<string> Lines => ForeignWords.Rows.Select(row => row.Line).Where(line => line.Length > 0).Distinct();

    [TestCase("dir", "'directory'")]
    [TestCase("port", "'listen', for example listen = 9003")]
    [TestCase("bind", "'listen'")]
    [TestCase("command", "'exec'")]
    [TestCase("program", "'exec'")]
    [TestCase("args", "'exec', for example exec = [\"/usr/bin/python3\", \"/srv/han.py\"]; the arguments follow the program")]
    [TestCase("timeout", "'run_timeout'")]
    [TestCase("max_connections", "'instances', for example instances = 40")]
    [TestCase("cwd", "'directory'")]
    [TestCase("environment", "'env'")]
    [TestCase("server", "'exec'")]
    [TestCase("server_args", "'exec'")]
    [TestCase("disable", "'enabled', for example enabled = false; the other way round")]
    [TestCase("socket_type", "'listen'")]
    [TestCase("ListenStream", "'listen'")]
    [TestCase("ExecStart", "'exec'")]
    [TestCase("LimitNOFILE", "'rlimit.nofile'")]
    [TestCase("proxy_pass", "'redirect'")]
    [TestCase("working_dir", "'directory'")]
    [TestCase("connect", "'redirect'")]
    [TestCase("u", "'user'")]
    [TestCase("su", "'user'")]
    [TestCase("g", "'group'")]
    [TestCase("max-children", "'instances'")]
    [TestCase("softlimit", "'rlimit.as'")]
    [TestCase("ProtectSystem", "'sandbox', for example sandbox = \"basic\"; readable, writable, network and syscalls adjust it")]
    [TestCase("seccomp", "'sandbox'")]
    [TestCase("ReadWritePaths", "'writable', for example writable = [\"/var/lib/han\"]; with sandbox = \"basic\"")]
    [TestCase("PrivateNetwork", "'network', for example network = \"off\"; with sandbox")]
    [TestCase("SystemCallFilter", "'syscalls'")]
    [TestCase("TCP-LISTEN", "'listen'")]
    [TestCase("loglevel", "'log.level' in superd.toml, for example log.level = \"debug\"")]
    public void A_word_of_another_program_is_told_what_it_is_here(string word, string here) =>
        Assert.That(
            ProblemsOf($"{Listen}{Exec}{word} = 1"), Has.One.StartsWith($"3:1: error: unknown key \"{word}\"; here that is {here}"));

    [Test]
    public void A_word_without_a_counterpart_is_told_why() =>
        Assert.That(
            ProblemsOf($"{Listen}{Exec}log_on_success = \"HOST\""),
            Has.One.StartsWith("3:1: error: unknown key \"log_on_success\"; superd writes one record of each connection"));

    [TestCase("fork", "superd starts a program for each connection by itself")]
    [TestCase("reuseaddr", "superd sets it by itself")]
    public void A_word_that_asks_for_what_superd_always_does_is_to_be_deleted(string word, string why) =>
        Assert.That(
            ProblemsOf($"{Listen}{Exec}{word} = true"), Has.One.StartsWith($"3:1: error: unknown key \"{word}\"; {why}; delete the line"));

    [Test]
    public void In_superd_toml_a_word_for_a_service_is_told_where_it_goes()
    {
        using ConfigurationFiles files = new("port = 9003");
        Assert.That(
            files.Problems(),
            Has.Some.StartsWith(
                "superd.toml:1:1: error: unknown key \"port\"; here that is 'listen' in a service file, for example listen"));
    }

    [TestCaseSource(nameof(Words))]
    public void A_foreign_word_is_no_key_here(string word) =>
        Assert.That(
            KeyTable.Find(KeyPlaces.Service, word) ?? KeyTable.Find(KeyPlaces.Defaults, word), Is.Null, "it would never be looked up");

    [TestCaseSource(nameof(Lines))]
    public void The_line_to_write_is_right(string line)
    {
        if (!line.StartsWith("log.") && !line.StartsWith("services "))
        {
            // The files that an example names need not be there.
            IEnumerable<string> problems = ProblemsOf($"{ListenFor(line)}{ActionFor(line)}{line}");
            string[] missing = ["cannot be run", "cannot be used", "there is no such script"];
            Assert.That(problems.Where(problem => !missing.Any(problem.Contains)), Is.Empty);
            return;
        }

        using ConfigurationFiles files = new(line);
        Assert.That(files.Service("han", Listen + Exec).Problems(), Is.Empty);
    }

    [Test]
    public void Every_attribute_of_xinetd_that_is_no_key_here_is_a_foreign_word_with_the_same_key()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (XinetdAttribute attribute in XinetdAttributes.Rows)
            {
                if (KeyTable.Find(KeyPlaces.Service, attribute.Name) is not null)
                {
                    continue;
                }

                ForeignWord? word = ForeignWords.Find(attribute.Name);
                Assert.That(word, Is.Not.Null, attribute.Name);
                bool isKey = KeyTable.PlacesOf(attribute.Here.Split('.')[0]) != 0;
                Assert.That(!isKey || word?.Key == attribute.Here, $"{attribute.Name}: {word?.Key}, in help xinetd {attribute.Here}");
            }
        }
    }

    private static string ListenFor(string line) =>
        line.StartsWith("listen") ? "" : line.StartsWith("socket_") ? "listen = \"unix:/run/han.sock\"\n" : Listen;

    private static string ActionFor(string line) =>
        line.StartsWith("proxy_out") || line.StartsWith("connect_timeout") ? "redirect = \"127.0.0.1:80\"\n"
        : line.Split(' ')[0] is "exec" or "redirect" or "builtin" or "sensor" ? ""
        : line.Split(' ')[0] is "readable" or "writable" or "network" or "syscalls" ? Exec + "sandbox = \"basic\"\n"
        : Exec;
}
