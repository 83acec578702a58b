using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>umask, nice, rlimit, env, pass_env and stderr.</summary>
public sealed class ProcessKeyTests
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    [TestCase("", 0b000_010_010)]
    [TestCase("umask = \"027\"", 0b000_010_111)]
    [TestCase("umask = \"0\"", 0)]
    [TestCase("umask = \"0077\"", 0b000_111_111)]
    [TestCase("umask = 0o022", 0b000_010_010)]
    [TestCase("umask = 7", 7)]
    public void A_umask_is_octal(string line, int umask) =>
        Assert.That(DefinitionOf(Listen + Exec + line).Process.Umask, Is.EqualTo(umask));

    [Test]
    public void A_decimal_umask_is_a_trap_and_warned_of() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "umask = 22"),
            Is.EqualTo(
                [
                    "3:9: warning: umask = 22 is a decimal number, the mask 026; write umask = \"026\" to say so, or \"022\" if that is "
                        + "meant",
                ]));

    [TestCase("\"088\"")]
    [TestCase("\"1000\"")]
    [TestCase("\"77777777777777777777\"")]
    [TestCase("\"\"")]
    [TestCase("\"-1\"")]
    [TestCase("\"0o22\"")]
    [TestCase("512")]
    [TestCase("-1")]
    [TestCase("1.5")]
    public void A_bad_umask_is_an_error(string umask) =>
        Assert.That(
            ProblemsOf(Listen + Exec + $"umask = {umask}"),
            Has.Length.EqualTo(1).And.One.StartsWith("3:9: error: umask must be octal digits in quotes, from \"000\" to \"777\", found "));

    [TestCase("", null)]
    [TestCase("nice = 5", 5)]
    [TestCase("nice = -20", -20)]
    [TestCase("nice = 19", 19)]
    public void A_nice_value_is_from_minus_20_to_19(string line, int? nice) =>
        Assert.That(DefinitionOf(Listen + Exec + line).Process.Nice, Is.EqualTo(nice));

    [TestCase("-21")]
    [TestCase("20")]
    public void Another_nice_value_is_an_error(string nice) =>
        Assert.That(
            ProblemsOf(Listen + Exec + $"nice = {nice}"),
            Is.EqualTo([$"3:8: error: nice must be from -20 to 19, found {nice}; delete the line for the default, superd's own"]));

    [TestCase("", null)]
    [TestCase("oom_score_adj = -1000", -1000)]
    [TestCase("oom_score_adj = 1000", 1000)]
    public void An_OOM_score_adjustment_is_from_minus_1000_to_1000(string line, int? adjustment) =>
        Assert.That(DefinitionOf(Listen + Exec + line).Process.OomScoreAdjustment, Is.EqualTo(adjustment));

    [TestCase("-1001")]
    [TestCase("1001")]
    public void Another_OOM_score_adjustment_is_an_error(string adjustment) =>
        Assert.That(
            ProblemsOf(Listen + Exec + $"oom_score_adj = {adjustment}"),
            Has.Length.EqualTo(1).And.One.StartsWith($"3:17: error: oom_score_adj must be from -1000 to 1000, found {adjustment}; "));

    [Test]
    public void An_OOM_score_adjustment_below_superds_own_needs_root()
    {
        HostContext host = Ordinary with { OomScoreAdjustment = 200 };
        Assert.That(
            ProblemsOf(Listen + Exec + "oom_score_adj = 199", host),
            Is.EqualTo(
                [
                    "3:17: error: oom_score_adj = 199 needs root or CAP_SYS_RESOURCE: it is below superd's own, 200; raise it to 200 or "
                        + "more, or start superd as root",
                ]));
        Assert.That(ProblemsOf(Listen + Exec + "oom_score_adj = 200", host), Is.Empty);
        Assert.That(ProblemsOf(Listen + Exec + "oom_score_adj = 199", Able with { OomScoreAdjustment = 200 }), Is.Empty);
        Assert.That(
            ProblemsOf(Listen + Exec + "oom_score_adj = 0", Able with { OomScoreAdjustment = null }),
            Has.Length.EqualTo(1).And.One.Contains("cannot be set"));
    }

    [TestCase("0", "0")]
    [TestCase("8,0-3", "0-3,8")]
    [TestCase("0-1, 1-2", "0-2")]
    [TestCase("0,8191", "0,8191")]
    public void Processors_are_numbers_and_ranges(string written, string set) =>
        Assert.That(DefinitionOf(Listen + Exec + $"cpu_affinity = \"{written}\"").Process.Affinity!.ToString(), Is.EqualTo(set));

    [TestCase("\"\"")]
    [TestCase("\"x\"")]
    [TestCase("\"0-\"")]
    [TestCase("\"-1\"")]
    [TestCase("\"3-1\"")]
    [TestCase("\"0-1-2\"")]
    [TestCase("\"0,,1\"")]
    [TestCase("\"8192\"")]
    [TestCase("\"0-99999999999\"")]
    [TestCase("0")]
    [TestCase("[0]")]
    public void Bad_processors_are_an_error(string written) =>
        Assert.That(
            ProblemsOf(Listen + Exec + $"cpu_affinity = {written}"),
            Has.Length.EqualTo(1).And.One.StartsWith("3:16: error: cpu_affinity must be numbers and ranges of processors"));

    [Test]
    public void Processors_of_which_superd_may_use_none_are_an_error()
    {
        _ = ProcessorSet.TryParse("0-3", out ProcessorSet usable);
        HostContext host = Able with { UsableProcessors = () => usable };
        Assert.That(
            ProblemsOf(Listen + Exec + "cpu_affinity = \"4-7\"", host),
            Is.EqualTo(
                [
                    "3:16: error: cpu_affinity = \"4-7\" holds no processor that superd may use: it may use \"0-3\"; write some of these, "
                        + "or delete the line",
                ]));
        Assert.That(ProblemsOf(Listen + Exec + "cpu_affinity = \"3-7\"", host), Is.Empty);
    }

    [Test]
    public void A_nice_value_below_superds_own_needs_root()
    {
        HostContext host = Ordinary with { Nice = 3 };
        Assert.That(
            ProblemsOf(Listen + Exec + "nice = 2", host),
            Is.EqualTo(
                [
                    "3:8: error: nice = 2 needs root or CAP_SYS_NICE: it is below superd's own, 3; raise it to 3 or more, or start superd "
                        + "as root",
                ]));
        Assert.That(ProblemsOf(Listen + Exec + "nice = 3", host), Is.Empty);
        Assert.That(ProblemsOf(Listen + Exec + "nice = 2", host with { LowestNice = 0 }), Is.Empty);
    }

    [TestCase("nofile = 1024", Resource.OpenFiles, 1024ul, 1024ul)]
    [TestCase("nofile = \"1024\"", Resource.OpenFiles, 1024ul, 1024ul)]
    [TestCase("nproc = \"100:200\"", Resource.Processes, 100ul, 200ul)]
    [TestCase("nproc = \"100:unlimited\"", Resource.Processes, 100ul, ulong.MaxValue)]
    [TestCase("nproc = \"unlimited\"", Resource.Processes, ulong.MaxValue, ulong.MaxValue)]
    [TestCase("as = \"512M\"", Resource.AddressSpace, 512ul << 20, 512ul << 20)]
    [TestCase("as = 4096", Resource.AddressSpace, 4096ul, 4096ul)]
    [TestCase("core = 0", Resource.Core, 0ul, 0ul)]
    [TestCase("data = \"1KiB:1MiB\"", Resource.Data, 1024ul, 1ul << 20)]
    [TestCase("fsize = \"2G\"", Resource.FileSize, 2ul << 30, 2ul << 30)]
    [TestCase("memlock = \"64K\"", Resource.LockedMemory, 65536ul, 65536ul)]
    [TestCase("rss = \"1T\"", Resource.ResidentSet, 1ul << 40, 1ul << 40)]
    [TestCase("stack = \"8M:unlimited\"", Resource.Stack, 8ul << 20, ulong.MaxValue)]
    [TestCase("cpu = 10", Resource.Cpu, 10ul, 10ul)]
    [TestCase("cpu = \"10\"", Resource.Cpu, 10ul, 10ul)]
    [TestCase("cpu = \"1m30s:2m\"", Resource.Cpu, 90ul, 120ul)]
    public void A_limit_is_one_value_or_soft_and_hard(string line, Resource resource, ulong soft, ulong hard) =>
        Assert.That(DefinitionOf($"{Listen}{Exec}rlimit.{line}").Process.Limits, Is.EqualTo([new ResourceLimit(resource, soft, hard)]));

    [TestCase("nofile = \"12x\"")]
    [TestCase("nofile = \"1K\"")]
    [TestCase("nofile = \"\"")]
    [TestCase("nofile = \":\"")]
    [TestCase("nofile = \"1:\"")]
    [TestCase("nofile = \"1:2:3\"")]
    [TestCase("nofile = -1")]
    [TestCase("nofile = 1.5")]
    [TestCase("nofile = \" 1\"")]
    [TestCase("as = \"64MB\"")]
    [TestCase("as = \"64m\"")]
    [TestCase("as = \"1.5G\"")]
    [TestCase("as = \"99999999T\"")]
    [TestCase("as = \"99999999999999999999\"")]
    [TestCase("cpu = \"500ms\"")]
    [TestCase("cpu = \"1x\"")]
    [TestCase("cpu = \"9223372036854775808\"")]
    public void A_bad_limit_is_an_error(string line) =>
        Assert.That(
            ProblemsOf($"{Listen}{Exec}rlimit.{line}"), Has.Length.EqualTo(1).And.One.Contains($"rlimit.{line.Split(' ')[0]} must be "));

    [Test]
    public void A_soft_limit_above_the_hard_one_is_an_error() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "rlimit.nproc = \"10:5\""),
            Is.EqualTo(
                [
                    "3:16: error: rlimit.nproc = \"10:5\": the soft limit is above the hard limit, which no process may have; swap them or "
                        + "write one value for both",
                ]));

    [Test]
    public void A_hard_limit_above_superds_own_needs_root()
    {
        Assert.That(
            ProblemsOf(Listen + Exec + "rlimit.nofile = \"10:4097\"", Ordinary),
            Is.EqualTo(
                [
                    "3:17: error: this hard limit needs root or CAP_SYS_RESOURCE: it is above superd's own, 4096; lower it to that, or "
                        + "start superd as root",
                ]));
        Assert.That(ProblemsOf(Listen + Exec + "rlimit.nofile = 4096", Ordinary), Is.Empty);
    }

    [TestCase("\"unlimited\"", "unlimited")]
    [TestCase("2000", "2000")]
    public void Not_even_root_may_open_more_files_than_the_machine_allows(string limit, string found) =>
        Assert.That(
            ProblemsOf(Listen + Exec + $"rlimit.nofile = {limit}", Able with { MostOpenFiles = 1000 }),
            Is.EqualTo([$"3:17: error: rlimit.nofile must be at most 1000 on this machine (sysctl fs.nr_open), found {found}; lower it"]));

    [Test]
    public void Limits_of_a_service_are_added_to_the_inherited_ones_and_win() =>
        Assert.That(
            DefinitionOf(
                Listen + Exec + "rlimit = { nofile = 2, core = 0 }",
                superdToml: "defaults.rlimit = { nofile = 1, nproc = 5 }").Process.Limits,
            Is.EqualTo(
                [
                    new ResourceLimit(Resource.Core, 0, 0),
                    new ResourceLimit(Resource.Processes, 5, 5),
                    new ResourceLimit(Resource.OpenFiles, 2, 2),
                ]));

    [Test]
    public void Without_env_there_is_a_usual_PATH() => Assert.That(EnvironmentOf(""), Is.EqualTo([DefaultPath]));

    [Test]
    public void Variables_of_a_service_are_added_to_the_inherited_ones_and_win() =>
        Assert.That(
            EnvironmentOf("env = { B = \"own\", C = \"\" }", superdToml: "[defaults.env]\nA = \"a\"\nB = \"b\""),
            Is.EqualTo([DefaultPath, "A=a", "B=own", "C="]));

    [Test]
    public void Variables_are_passed_on_where_superd_has_them_and_env_wins() =>
        Assert.That(
            EnvironmentOf(
                "pass_env = [\"TZ\", \"GONE\", \"PATH\", \"LANG\"]\nenv.LANG = \"C\"", name => name == "GONE" ? null : $"superd's {name}"),
            Is.EqualTo(["PATH=superd's PATH", "TZ=superd's TZ", "LANG=C"]));

    [TestCase("user = \"root\"", "")]
    [TestCase("user = 0", "")]
    [TestCase("", "defaults.user = \"root\"")]
    public void A_written_user_brings_the_variables_of_its_login(string keys, string superdToml)
    {
        User root = UserDatabase.FindUser("root", out _)!; // every machine has it
        Assert.That(
            EnvironmentOf(keys, superdToml: superdToml),
            Is.EqualTo([DefaultPath, $"HOME={root.Home}", "USER=root", "LOGNAME=root", $"SHELL={root.Shell}"]));
    }

    [Test]
    public void Variables_that_are_written_win_over_those_of_the_login() =>
        Assert.That(
            EnvironmentOf(
                "user = \"root\"\npass_env = [\"SHELL\"]\nenv.HOME = \"/srv\"", name => name == "SHELL" ? "/bin/true" : null),
            Is.EqualTo([DefaultPath, "HOME=/srv", "USER=root", "LOGNAME=root", "SHELL=/bin/true"]));

    [TestCase("user = \"root\"\nlogin_env = false", "")]
    [TestCase("user = \"root\"", "defaults.login_env = false")]
    [TestCase("user = 123456\ngroup = 6", "", Description = "passwd has no such user")]
    [TestCase("group = 6", "")]
    public void Without_a_login_there_are_no_such_variables(string keys, string superdToml) =>
        Assert.That(EnvironmentOf(keys, superdToml: superdToml), Is.EqualTo([DefaultPath]));

    [Test]
    public void Login_variables_without_a_user_are_a_warning() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "login_env = true"),
            Is.EqualTo(["3:13: warning: login_env has no effect without user; add user = ..., or delete the line"]));

    [TestCase("env = { A = 1 }", "3:13: error: env.A must be a string, found the integer 1; write \"1\", with quotes")]
    [TestCase("env = { A = true }", "3:13: error: env.A must be a string, found true; write \"true\", with quotes")]
    [TestCase("env.A.B = \"x\"", "env.A must be a string, found a table; for example env.A = \"text\"")]
    [TestCase("env = { \"\" = \"x\" }", "3:9: error: env: a variable name is empty; write one such as \"LANG\"")]
    [TestCase(
        "env = { \"A=B\" = \"x\" }",
        "3:9: error: env: the variable name \"A=B\" holds a '=' or NUL, which no environment can carry; remove it")]
    [TestCase(
        "env = { \"A\\u0000\" = \"x\" }",
        "3:9: error: env: the variable name \"A\\u0000\" holds a '=' or NUL, which no environment can carry; remove it")]
    [TestCase("env = { A = \"x\\u0000\" }", "3:13: error: env holds a NUL character, which ends a string for Linux; remove it")]
    [TestCase("env = { REMOTE_ADDR = \"x\" }", "3:9: error: env: REMOTE_ADDR is set by superd for each connection; remove it")]
    [TestCase("pass_env = [\"LISTEN_FDS\"]", "3:13: error: pass_env: LISTEN_FDS is set by superd for each connection; remove it")]
    [TestCase("pass_env = [\"\"]", "3:13: error: pass_env: a variable name is empty; write one such as \"LANG\"")]
    [TestCase("pass_env = [3]", "3:13: error: pass_env must be an array of names, found the integer 3; for example pass_env = [\"TZ\"]")]
    public void A_variable_that_cannot_be_is_an_error(string line, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + line), Has.Length.EqualTo(1).And.One.EndsWith(message));

    [TestCase("", StderrTarget.Log)]
    [TestCase("stderr = \"log\"", StderrTarget.Log)]
    [TestCase("stderr = \"socket\"", StderrTarget.Socket)]
    [TestCase("stderr = \"null\"", StderrTarget.Null)]
    [TestCase("wait = true\nstderr = \"null\"", StderrTarget.Null)]
    public void Stderr_goes_where_it_is_said(string line, object target) =>
        Assert.That(DefinitionOf(Listen + Exec + line).Process.Stderr, Is.EqualTo(target));

    [Test]
    public void Stderr_of_a_wait_service_cannot_go_to_the_listening_socket()
    {
        Assert.That(
            ProblemsOf(Listen + Exec + "wait = true\nstderr = \"socket\""),
            Is.EqualTo(
                [
                    "4:10: error: stderr = \"socket\" has no meaning with wait = true: the program gets a listening socket, which nothing "
                        + "can be written to; delete the line",
                ]));
        Assert.That(
            DefinitionOf(Listen + Exec + "wait = true", superdToml: "defaults.stderr = \"socket\"").Process.Stderr,
            Is.EqualTo(StderrTarget.Log));
    }

    private static string[] EnvironmentOf(string keys, Func<string, string?>? variable = null, string superdToml = "") =>
        [
            .. DefinitionOf(
                Listen + Exec + keys,
                Able with { Variable = variable ?? (_ => null) },
                superdToml).Process.Environment.Select(pair => $"{pair.Name}={pair.Value}"),
        ];
}
