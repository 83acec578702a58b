using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>match: other variables or another program for some clients.</summary>
public sealed class MatchTests
{
    private const string Place = "3:9: ";

    [Test]
    public void A_rule_adds_its_variables_and_replaces_the_program_with_its_arguments()
    {
        ServiceDefinition han = DefinitionOf(
            Listen + "exec = [\"/bin/cat\", \"-\"]\nargv0 = \"own\"\nenv = { A = \"1\", B = \"1\" }\nmatch = [\n"
            + "{ from = \"10.0.0.0/8\", env = { B = \"2\", RELAYCLIENT = \"\" } },\n"
            + "{ from = [\"192.0.2.7\", \"::1\"], exec = [\"/bin/sh\", \"-c\", \"exit\"] },\n"
            + "{ from = \"0.0.0.0/0\" } ]");
        ServiceDefinition first = han.Variants[0]!, second = han.Variants[1]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                first.Process.Environment.Skip(1),
                Is.EqualTo(
                    [new EnvironmentVariable("A", "1"), new EnvironmentVariable("B", "2"), new EnvironmentVariable("RELAYCLIENT", "")]));
            Assert.That((first.Executable, first.Argv0, first.Arguments), Is.EqualTo(("/bin/cat", "own", han.Arguments)));
            Assert.That((second.Executable, second.Argv0, second.Arguments.Length), Is.EqualTo(("/bin/sh", "sh", 2)));
            Assert.That(second.Process, Is.EqualTo(han.Process));
            Assert.That(han.Variants[2], Is.Null, "the rule changes nothing");
            Assert.That(han.Admission.Match.Select(list => list.Prefixes.Length), Is.EqualTo([1, 2, 1]));
        }
    }

    [Test]
    public void Rules_may_be_written_as_tables() =>
        Assert.That(
            DefinitionOf(Listen + Exec + "[[match]]\nfrom = \"::1\"\nenv.A = \"1\"\n[[match]]\nfrom = \"::2\"\nexec = \"/bin/sh\"")
                .Variants.Length,
            Is.EqualTo(2));

    [Test]
    public void Equal_rules_are_equal_and_a_change_in_one_is_a_change()
    {
        string service = Listen + Exec + "match = { from = \"::1\", env.A = \"1\" }";
        using ConfigurationFiles files = new();
        files.Service("han", service);
        ServiceDefinition one = files.Load().Server!.Services.Single(), other = files.Load().Server!.Services.Single();
        Assert.That(one, Is.EqualTo(other));
        files.Service("han", service.Replace("\"1\"", "\"2\""));
        Assert.That(files.Load().Server!.Services.Single(), Is.Not.EqualTo(one));
    }

    [TestCase("{ env.A = \"1\" }", Place + "error: match.from is missing: which clients is the rule for? Add from = \"10.0.0.0/8\"")]
    [TestCase("{ from = [], env.A = \"1\" }", "3:18: error: match.from holds nobody, so the rule never applies; name its clients")]
    [TestCase("{ from = \"10.0.0\", env.A = \"1\" }", "3:18: error: match.from: \"10.0.0\" ")]
    [TestCase("{ from = \"::1\", envs.A = \"1\" }", "3:25: error: unknown key \"match.envs\"; did you mean 'match.env'?")]
    [TestCase("{ from = \"::1\", env.A = 1 }", "3:33: error: match.env.A must be a string, found the integer 1")]
    [TestCase("{ from = \"::1\", env.REMOTE_ADDR = \"x\" }", "3:29: error: match.env: REMOTE_ADDR is set by superd for each connection")]
    [TestCase("{ from = \"::1\", exec = \"/bin/no-such\" }", "3:32: error: exec \"/bin/no-such\" cannot be run: ")]
    [TestCase("{ from = \"::1\", exec = \"/etc\" }", "3:32: error: exec \"/etc\" cannot be run: ")]
    [TestCase("{ from = \"::1\", exec = [\"/bin/cat\", \"{peer}\"] }", "3:32: warning: match.exec: {peer} is no placeholder")]
    [TestCase("{ from = \"::1\", env.A = \"{peer}\" }", "3:29: warning: match.env.A: {peer} is no placeholder")]
    [TestCase("{ from = \"uid:0\", env.A = \"1\" }", "3:18: error: \"uid:0\" can match nobody: no address of listen")]
    [TestCase("{ from = \"@no-such\", env.A = \"1\" }", "3:18: error: the addresses of \"@no-such\" cannot be used")]
    [TestCase("\"::1\"", Place + "error: match must be a table of from, env and exec, or an array of such tables, found the string")]
    public void A_bad_rule_is_reported_at_its_place(string rule, string problem) =>
        Assert.That(ProblemsOf(Listen + Exec + "match = " + rule), Has.One.StartsWith(problem));

    [Test]
    public void The_program_of_a_rule_has_every_check_of_exec()
    {
        using var directory = new TempDirOfOthers();
        Assert.That(
            ProblemsOf(
                Listen + Exec + $"user = \"root\"\nmatch = {{ from = \"::1\", exec = \"{directory.Program}\" }}",
                Root with { TrustedOwners = [0] }),
            Has.One.StartsWith($"4:32: error: exec \"{directory.Program}\" would run as root, and "));
    }

    [TestCase("wait = true\n", "match has no meaning with wait = true: one program serves all clients; delete the line")]
    public void One_program_for_all_has_no_rules(string line, string message) =>
        Assert.That(
            ProblemsOf(Listen + Exec + line + "match = { from = \"::1\", env.A = \"1\" }"), Is.EqualTo([$"4:9: error: {message}"]));

    [TestCase("redirect = \"127.0.0.1:80\"\n")]
    [TestCase("builtin = \"echo\"\n")]
    [TestCase("sensor = \"1m\"\n")]
    public void Without_a_program_there_are_no_rules(string action) =>
        Assert.That(
            ProblemsOf(Listen + action + "match = { from = \"::1\", env.A = \"1\" }"),
            Has.One.StartsWith("3:1: error: match has no meaning"));

    [TestCase("10.0.0.0/8", "10.1.0.0/16", true)]
    [TestCase("10.1.0.0/16", "10.0.0.0/8", false)]
    [TestCase("10.0.0.0/8", "10.0.0.0/8", true)]
    [TestCase("0.0.0.0/0", "::1", false)]
    [TestCase("0.0.0.0/0\", \"::/0", "::1\", \"192.0.2.7", true)]
    [TestCase("10.0.0.0/8", "10.1.0.0/16\", \"192.0.2.7", false)]
    public void A_rule_that_never_applies_is_a_warning(string first, string second, bool isWarned)
    {
        string[] problems = ProblemsOf(
            Listen + Exec + $"match = [{{ from = [\"{first}\"], env.A = \"1\" }},\n{{ from = [\"{second}\"], env.A = \"2\" }}]");
        Assert.That(
            problems,
            isWarned
                ? Is.EqualTo(
                    ["4:1: warning: match: rule 2 never applies, because rules before it have all its clients; move it up, or remove it"])
                : Is.Empty);
    }

    [Test]
    public void Users_of_a_socket_are_covered_by_everybody() =>
        Assert.That(
            ProblemsOf(
                "listen = \"unix:han.sock\"\n" + Exec
                + "match = [{ from = \"uid:*\", env.A = \"1\" }, { from = [\"uid:0\", \"gid:0\"], env.A = \"2\" }]"),
            Has.One.Contains("rule 2 never applies"));

    /// <summary>A program that another user than root could replace.</summary>
    private sealed class TempDirOfOthers : IDisposable
    {
        private readonly Support.TempDir _directory = new();

        public TempDirOfOthers()
        {
            Program = _directory.Write("program", "#!/bin/sh\n");
            File.SetUnixFileMode(Program, (UnixFileMode)0b111_111_111);
        }

        public string Program { get; }

        public void Dispose() => _directory.Dispose();
    }
}
