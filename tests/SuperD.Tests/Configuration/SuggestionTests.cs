using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>Every text that superd proposes is right: pasted into the file, it is read without a problem.</summary>
public sealed partial class SuggestionTests
{
    [TestCase("listen = \"udp:127.0.0.1:11010\"", "\"udp://127.0.0.1:11010\"")]
    [TestCase("listen = \"udp:/127.0.0.1:11010\"", "\"udp://127.0.0.1:11010\"")]
    [TestCase("listen = \"udp:[::1]:11010\"", "\"udp://[::1]:11010\"")]
    [TestCase("listen = \"udp:69\"", "\"udp://:69\"")]
    [TestCase("listen = \"udp:/run/han.sock\"", "\"udp://:69\"")]
    [TestCase("listen = \"udp:/\"", "\"udp://:69\"")]
    [TestCase("listen = \"tcp:http\"", "\"tcp://:http\"")]
    [TestCase("listen = \"tcp:127.0.0.1:9003\"", "\"tcp://127.0.0.1:9003\"")]
    [TestCase("listen = \"/run/han.sock\"", "\"unix:/run/han.sock\"")]
    [TestCase("listen = \"tcp:///run/han.sock\"", "\"unix:/run/han.sock\"")]
    [TestCase("listen = \"@han\"", "\"unix:@han\"")]
    [TestCase("listen = \"unix:\"", "\"unix:/run/han.sock\", or \"unix:@han\"")]
    [TestCase("listen = \"9003/tcp\"", "\"9003\"")]
    [TestCase("listen = \"69/udp\"", "\"udp://:69\"")]
    [TestCase("listen = \"127.0.0.1:69/udp\"", "\"udp://127.0.0.1:69\"")]
    [TestCase("listen = \"2001:db8::1:9003\"", "\"[2001:db8::1]:9003\"")]
    [TestCase("listen = \"2001:db8::1\"", "\"[2001:db8::1]:9003\"")]
    [TestCase("listen = \"[2001:db8::1]\"", "\"[2001:db8::1]:9003\"")]
    [TestCase("listen = \"a:b]\"", "\"[::1]:9003\"")]
    [TestCase("listen = \"192.0.2.7\"", "\"192.0.2.7:9003\"")]
    [TestCase("listen = \"localhost\"", "\"localhost:9003\"")]
    [TestCase("listen = \"[::ffff:10.0.0.1]:8080\"", "\"10.0.0.1:8080\"")]
    [TestCase("listen = \"\"", "9003, \"127.0.0.1:9003\", \"[::1]:9003\" or \":http\"")]
    [TestCase("listen = \"udp:/foo\"", "\"udp://:69\"")]
    [TestCase("listen = \"udp:no-such-port\"", "\"udp://:69\"")]
    [TestCase("listen = \"udp/31010\"", "\"udp://:31010\"")]
    [TestCase("listen = \"udp://[::1]\"", "\"udp://[::1]:9003\"")]
    [TestCase("listen = \"udp://::1:9003\"", "\"udp://[::1]:9003\"")]
    [TestCase("listen = \"udp://127.0.0.1\"", "\"udp://127.0.0.1:9003\"")]
    [TestCase("listen = \"udp://\"", "\"udp://:9003\"")]
    [TestCase("listen = \"udp://[::ffff:10.0.0.1]:8080\"", "\"udp://10.0.0.1:8080\"")]
    [TestCase("listen = \"31003,31004\"", "[31003, 31004]")]
    [TestCase("listen = \"127.0.0.1:31003 [::1]:31003\"", "[\"127.0.0.1:31003\", \"[::1]:31003\"]")]
    [TestCase("listen = \"31003-31005\"", "[31003, 31004, 31005]")]
    [TestCase("listen = \" 31003 \"", "31003")]
    [TestCase("listen = \"localhots:24700\"", "\"localhost:24700\"")]
    [TestCase("listen = \"[::1]9003\"", "\"[::1]:9003\"")]
    [TestCase("listen = \"127.0.0.1 9003\"", "\"127.0.0.1:9003\"")]
    [TestCase("listen = \"127.0.0.1/9003\"", "\"127.0.0.1:9003\"")]
    [TestCase("listen = \"UDP://:69\"", "\"udp://:69\"")]
    [TestCase("listen = \"udp6://:69\"", "\"udp://:69\"")]
    [TestCase("listen = \"tcp4://:9003\"", "\"tcp://:9003\"")]
    [TestCase("listen = \"0:9003\"", "\":9003\"")]
    [TestCase("only_from = \"10.0.0.0 255.0.0.0\"", "\"10.0.0.0/8\"")]
    [TestCase("only_from = \"[::1]\"", "\"::1\"")]
    [TestCase("only_from = \"[2001:db8::]:80\"", "\"2001:db8::\"")]
    [TestCase("only_from = \"10.0.0.1:80\"", "\"10.0.0.1\"")]
    [TestCase("only_from = \"[2001:db8::]/32\"", "\"2001:db8::/32\"")]
    [TestCase("only_from = \"any\"", "[\"0.0.0.0/0\", \"::/0\"]")]
    [TestCase("only_from = \"all\"", "[\"0.0.0.0/0\", \"::/0\"]")]
    [TestCase("only_from = \"localhost\"", "\"127.0.0.1\"")]
    [TestCase("only_from = \"10.0.0.0/8, 127.0.0.1\"", "[\"10.0.0.0/8\", \"127.0.0.1\"]")]
    [TestCase("only_from = \"10.0.0.1 ::1\"", "[\"10.0.0.1\", \"::1\"]")]
    [TestCase("only_from = \"10.0.0.0/255.0.0.0\"", "\"10.0.0.0/8\"")]
    [TestCase("only_from = \"10.1.2.3/255.255.255.0\"", "\"10.1.2.0/24\"")]
    [TestCase("only_from = \"10.0.0.0/255.0.255.0\"", "\"10.0.0.0/8\"")]
    [TestCase("only_from = \"192.168.1.\"", "\"192.168.1.0/24\"")]
    [TestCase("only_from = \"10.*\"", "\"10.0.0.0/8\"")]
    [TestCase("only_from = \"10.0.*.*\"", "\"10.0.0.0/16\"")]
    [TestCase("only_from = \"127/8\"", "\"127.0.0.0/8\"")]
    [TestCase("only_from = \"10.1.2.3/8\"", "\"10.0.0.0/8\" for the range, or \"10.1.2.3\"")]
    [TestCase("stop_grace = \"10 min\"", "\"10m\"")]
    [TestCase("stop_grace = \"5S\"", "\"5s\"")]
    [TestCase("stop_grace = \"1.5h\"", "\"1h30m\"")]
    [TestCase("stop_grace = \"300\"", "\"5m\"")]
    [TestCase("stop_grace = \"1 hour 30 minutes\"", "\"1h30m\"")]
    [TestCase("stop_grace = \"30s1m\"", "\"1m30s\"")]
    [TestCase("stop_grace = \"1h30\"", "\"1h30m\"")]
    [TestCase("stop_grace = \"1m30\"", "\"1m30s\"")]
    [TestCase("stop_grace = 5", "\"5s\"")]
    [TestCase("rlimit.as = \"512MB\"", "\"512M\"")]
    [TestCase("rlimit.as = \"512 megabytes\"", "\"512M\"")]
    [TestCase("rlimit.as = \"2 gibibytes\"", "\"2G\"")]
    [TestCase("rlimit.as = \"512 mb\"", "\"512M\"")]
    [TestCase("rlimit.as = \"512Mi\"", "\"512M\"")]
    [TestCase("rlimit.as = \"1.5G\"", "\"1536M\"")]
    [TestCase("rlimit.as = \"64mb:1gb\"", "\"64M:1G\"")]
    [TestCase("rlimit.as = \"infinity\"", "\"unlimited\"")]
    [TestCase("rlimit.cpu = \"1 min\"", "\"1m\"")]
    [TestCase("rlimit.core = \"UNLIMITED\"", "\"unlimited\"")]
    [TestCase("rate = \"50/sec\"", "\"50/s\"")]
    [TestCase("rate = \"50 per second\"", "\"50/s\"")]
    [TestCase("rate = \"10/m, burst=3\"", "\"10/min burst 3\"")]
    [TestCase("rate = \"50 10\"", "\"50/s\"")]
    [TestCase("rate = \"50\"", "\"50/s\"")]
    [TestCase("rate = \"50r/s\"", "\"50/s\"")]
    [TestCase("when_full = \"wait\"", "\"queue\"")]
    [TestCase("when_full = \"reject\"", "\"refuse\"")]
    [TestCase("log_exit = \"warning\"", "\"warn\"")]
    [TestCase("access_times = \"08:00-18:00 Mon-Fri\"", "\"Mon-Fri 08:00-18:00\"")]
    [TestCase("access_times = \"8-18\"", "\"08:00-18:00\"")]
    [TestCase("access_times = \"Monday 08:00-18:00\"", "\"Mon 08:00-18:00\"")]
    [TestCase("access_times = \"monday-friday 9 - 17:30\"", "\"Mon-Fri 09:00-17:30\"")]
    [TestCase("rate = 5", "\"5/s\"")]
    [TestCase("enabled = \"yes\"", "true")]
    [TestCase("enabled = \"no\"", "false")]
    [TestCase("enabled = 0", "false")]
    [TestCase("orphans = \"kil\"", "\"kill\"")]
    [TestCase("umask = 22", "\"026\"")]
    public void A_value_that_is_written_otherwise_elsewhere_is_told_how_it_is_written_here(string line, string right)
    {
        string key = line.Split(' ')[0];
        string rest = (key == "listen" ? "" : Listen) + Exec + (key == "when_full" ? "instances = 40\n" : "");
        string[] problems = ProblemsOf(rest + line);

        Assert.That(problems, Has.Length.EqualTo(1));
        Assert.That(problems[0], Does.Contain(right));
        foreach (string proposal in right.StartsWith('[') ? [right] : Separator().Split(right))
        {
            Assert.That(ProblemsOf($"{rest}{key} = {proposal}"), Is.Empty, proposal);
        }
    }

    [TestCase("up.hs", "up.sh")]
    [TestCase("up.j", "up.js")]
    [TestCase("dwon.sh", "down.sh")]
    public void Of_files_that_are_equally_near_the_one_with_the_same_letters_is_meant(string written, string meant)
    {
        using ConfigurationFiles files = new();
        Array.ForEach(["up.js", "up.sh", "down.sh", "dawn.sh"], name => files.Directory.Write(name, "#!/bin/sh\n", "755"));
        files.Service("han", $"{Listen}exec = \"../{written}\"");

        Assert.That(files.Problems().Single(), Does.Contain($"did you mean exec = \"{meant}\"?"));
    }

    [Test]
    public void A_program_in_the_directory_of_the_handler_is_told_by_its_path()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("data/inside.sh", "#!/bin/sh\n", "755");
        files.Service("han", $"{Listen}exec = \"inside.sh\"\ndirectory = \"../data\"");

        Assert.That(files.Problems().Single(), Does.Contain("did you mean exec = \"data/inside.sh\"?"));
    }

    [Test]
    public void A_mistyped_file_of_addresses_is_told_as_it_would_be_written()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("lists/friends.txt", "127.0.0.1\n");
        files.Service("han", $"{Listen}{Exec}only_from = \"@../lists/firends.txt\"");

        Assert.That(files.Problems(), Has.One.EndsWith("did you mean \"@../lists/friends.txt\"?"));
    }

    [Test]
    public void Addresses_in_one_item_of_a_list_are_told_as_items() =>
        Assert.That(
            ProblemsOf($"{Listen}{Exec}only_from = [\"192.0.2.7\", \"10.0.0.0/8, 127.0.0.1\"]"),
            Has.One.EndsWith("is more than one address; write each as an item of its own: \"10.0.0.0/8\", \"127.0.0.1\""));

    [TestCase("stop_grace = \"a while\"")]
    [TestCase("stop_grace = \"-5s\"")]
    [TestCase("stop_grace = \"1.2.3s\"")]
    [TestCase("stop_grace = \"99999 weeks\"")]
    [TestCase("stop_grace = \"99999999999999999999999999999999999999\"")]
    [TestCase("rlimit.as = \"12 monkeys\"")]
    [TestCase("rlimit.as = \"9999999TB\"")]
    [TestCase("rate = \"many/s\"")]
    [TestCase("rate = \"5/week\"")]
    [TestCase("only_from = \"1.2.3.4.5\"")]
    [TestCase("run_timeout = \"0\"")]
    [TestCase("access_times = \"8-8\"")]
    [TestCase("rlimit.as = \"512 megabits\"")]
    public void A_value_that_means_nothing_has_no_proposal(string line) =>
        Assert.That(ProblemsOf(Listen + Exec + line), Has.Length.EqualTo(1).And.None.Contains("did you mean"));

    [TestCase("rate = \"often\"")]
    [TestCase("per_source_rate = \"often\"")]
    [TestCase("access_times = \"sometimes\"")]
    [TestCase("instances = 0")]
    [TestCase("per_source = 0")]
    [TestCase("idle_timeout = \"soon\"")]
    public void The_cure_of_a_limit_that_cannot_be_read_is_not_to_have_none(string line)
    {
        string problem = ProblemsOf(Listen + Exec + line).Single();

        Match advice = Regex.Match(problem, "; write it as in (.*); without the line it is (unlimited|always)");
        Assert.That(advice.Success, Is.True, problem);
        Assert.That(problem, Does.Not.Contain("delete"));
        Assert.That(ProblemsOf(Listen + Exec + advice.Groups[1].Value), Is.Empty);
    }

    [TestCase("vsock:2:3")]
    [TestCase("web:80:tcp")]
    public void An_address_of_another_kind_is_not_taken_for_IPv6(string listen) =>
        Assert.That(ProblemsOf($"{Exec}listen = \"{listen}\""), Has.One.Contains("(unix:PATH); write 9003, "));

    [TestCase("php x.sh")]
    [TestCase("nosuch x.py")]
    [TestCase("q w")]
    [TestCase("ts")]
    [TestCase("han2")]
    [TestCase(" ")]
    public void A_program_that_is_merely_alike_is_not_proposed(string exec)
    {
        using ConfigurationFiles files = new();
        foreach (string program in (string[])["pip", "touch", "[", "tc", "man"])
        {
            files.Directory.Write($"bin/{program}", "#!/bin/sh\n", "755");
        }

        files.Service("han", $"{Listen}env.PATH = \"{files.Directory["bin"]}\"\nexec = \"{exec}\"");

        string message = files.Load().Diagnostics.Single().Message;

        Assert.That(message, Does.Not.Contain("write exec").And.Not.Contain("did you mean"));
        if (exec.Trim().Contains(' '))
        {
            Assert.That(message, Does.Contain($"\"{exec.Split(' ')[0]}\" is not in the handler's PATH ("));
        }
    }

    [TestCase("exec cat x", "exec = [\"/bin/cat\", \"x\"]")]
    [TestCase("FOO=bar cat x", "exec = [\"/bin/cat\", \"x\"] and env.FOO = \"bar\"")]
    [TestCase("FOO='a b' BAR= cat", "exec = \"/bin/cat\" and env.FOO = \"a b\" and env.BAR = \"\"")]
    public void What_a_shell_would_do_before_the_program_is_written_as_keys(string exec, string lines)
    {
        const string Path = "env.PATH = \"/bin\"\n";
        Assert.That(ProblemsOf($"{Listen}{Path}exec = \"{exec}\""), Has.One.EndsWith($"; write {lines}"));
        Assert.That(ProblemsOf(Listen + Path + lines.Replace(" and ", "\n")), Is.Empty);
    }

    [Test]
    public void A_mistyped_program_of_a_command_line_is_a_question() =>
        Assert.That(
            ProblemsOf($"{Listen}env.PATH = \"/bin\"\nexec = \"caat x\""),
            Has.One.EndsWith("split it at spaces; did you mean exec = [\"/bin/cat\", \"x\"]?"));

    [Test]
    public void A_command_line_whose_program_is_not_executable_gets_both_steps()
    {
        using ConfigurationFiles files = new();
        string script = files.Directory.Write("services.d/x.py", "#!/bin/sh\n", "644");
        files.Service("han", $"{Listen}exec = \"./x.py arg\"");

        Assert.That(
            files.Load().Diagnostics.Single().Message,
            Does.EndWith($"; write exec = [\"{script}\", \"arg\"], and choose another user, or make it executable with: "
                + $"chmod a+x {script}"));
        Tool.Run("chmod", "a+x", script);
        Assert.That(files.Service("han", $"{Listen}exec = [\"{script}\", \"arg\"]").Problems(), Is.Empty);
    }

    [TestCase("greet.sh", "did you mean exec = \"{0}/greet.sh\"?")]
    [TestCase("cat greet.sh", "write exec = [\"/bin/cat\", \"{0}/greet.sh\"]")]
    public void A_file_beside_superd_toml_is_found(string exec, string advice)
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("greet.sh", "#!/bin/sh\n", "755");
        files.Service("han", $"{Listen}env.PATH = \"/bin\"\nexec = \"{exec}\"");

        Assert.That(files.Load().Diagnostics.Single().Message, Does.EndWith("; " + string.Format(advice, files.Directory.Path)));
        files.Service("han", $"{Listen}exec = [\"/bin/cat\", \"greet.sh\"]");
        Assert.That(files.Load().Diagnostics.Single().Message, Does.Contain("it is beside superd.toml, but not in the handler's "
            + "directory"));
    }

    [Test]
    public void A_path_is_quoted_as_it_is_written() =>
        Assert.That(ProblemsOf($"{Listen}exec = \"/bin/nothing-like-it\""), Has.One.Contains("run: \"/bin/nothing-like-it\" does "
            + "not exist;"));

    [TestCase("\"/bin/cat\", \"~/nosuch\"", "~ is not expanded, since there is no shell; write the whole path, beginning with '/'")]
    [TestCase("\"/bin/cat\", \"$HOME/nosuch\"", "$HOME is not expanded, since there is no shell; write the whole path, beginning with '/'")]
    [TestCase("\"/bin/cat\", \"-n\", \"|\", \"tr\"", "there is no shell that would understand it; write exec = [\"/bin/sh\", \"-c\", ")]
    [TestCase("\"/bin/sh\", \"nosuch.sh\"", "there is no such script in the handler's directory, \"/\"; write its whole path, or set ")]
    [TestCase("\"/bin/sh\", \"-e\", \"./nosuch.sh\"", "there is no such script in the handler's directory, \"/\"; write ")]
    [TestCase("\"/bin/sh\", \"/nosuch.sh\"", "there is no such script; name one that exists")]
    public void An_argument_that_cannot_be_meant_as_it_stands_is_a_warning(string exec, string why) =>
        Assert.That(ProblemsOf($"{Listen}exec = [{exec}]"), Has.One.Contains("warning: exec names the "
            + "argument").And.Contains(": " + why));

    [TestCase("\"/bin/sh\", \"-c\", \"~/nosuch | cat\"")]
    [TestCase("\"/bin/sh\", \"-e\", \"-c\", \"$HOME/nosuch\"")]
    [TestCase("\"/bin/sh\", \"-o\", \"errexit\", \"nosuch.sh\"")]
    [TestCase("\"/bin/sh\", \"cat\"")]
    [TestCase("\"/bin/sh\", \"-s\", \"nosuch\"")]
    [TestCase("\"/usr/bin/expr\", \"1\", \"|\", \"2\"")]
    [TestCase("\"/bin/cat\", \"nosuch\", \"$x\", \"~\"")]
    public void An_argument_that_may_be_meant_is_no_warning(string exec) =>
        Assert.That(ProblemsOf($"{Listen}exec = [{exec}]"), Is.Empty);

    [TestCase("exec = [\"/bin/cat\", \"~/f\"]")]
    [TestCase("exec = \"~/f\"")]
    [TestCase(Exec + "directory = \"~/d\"")]
    public void The_home_that_is_meant_is_that_of_the_handlers_user(string lines)
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("f", "#!/bin/sh\n", "755");
        files.Directory.MakeDirectory("d");
        Tool.Run("chmod", "755", files.Directory.Path); // another user's way to it is no fault of its own
        files.Service("han", $"{Listen}user = \"nobody\"\n{lines}");

        Assert.That(MessageAtHome(files), Does.EndWith("write the whole path, beginning with '/'"));
    }

    [TestCase("banner = { file = \"~/f\" }", "banner = {{ file = \"{0}/f\" }}")]
    public void A_file_of_a_key_is_not_expanded_either(string line, string advice)
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("f", "x");
        files.Service("han", Listen + Exec + line);

        Assert.That(MessageAtHome(files), Does.EndWith("~ is not expanded, since there is no shell; write "
            + string.Format(advice, files.Directory.Path)));
    }

    [TestCase("only_from = \"@~/f\"")]
    [TestCase("env.PATH = \"/bin:~/bin\"")]
    public void A_tilde_in_another_value_is_told(string line) =>
        Assert.That(ProblemsOf(Listen + Exec + line), Has.One.Contains("~ is not expanded, since there is no shell; write the whole path"));

    [TestCase("user = \"nobdy\"", "\"nobody\"")]
    [TestCase("group = \"nogrup\"", "\"nogroup\"")]
    public void A_mistyped_account_is_a_question(string line, string right)
    {
        Assert.That(ProblemsOf(Listen + Exec + line), Has.One.EndsWith($" is not known on this machine; did you mean {right}?"));
        Assert.That(ProblemsOf($"{Listen}{Exec}{line.Split(' ')[0]} = {right}"), Is.Empty);
    }

    [TestCase("enviroment = { A = \"b\" }", "did you mean 'environment'? Here that is 'env', for example env = { LANG")]
    [TestCase("prot = 9003", "did you mean 'port'? Here that is 'listen', for example listen = 9003")]
    [TestCase("nmae = \"x\"", "did you mean 'name'? A service is named after its file")]
    public void A_mistyped_word_of_another_program_is_recognized(string line, string advice) =>
        Assert.That(ProblemsOf(Exec + Listen + line), Has.One.Contains($"unknown key \"{line.Split(' ')[0]}\"; {advice}"));

    [Test]
    public void A_table_round_the_keys_is_the_only_problem() =>
        Assert.That(ProblemsOf($"[service]\n{Listen}{Exec}"), Has.Length.EqualTo(1).And.One.Contains("its keys stand at the top"));

    [Test]
    public void A_directory_of_services_that_is_misspelled_is_a_question()
    {
        string[] problems = ProblemsOf(Listen + Exec, superdToml: "service = \"services.d\"");

        Assert.That(problems, Has.Length.EqualTo(1).And.One.EndsWith("unknown key \"service\"; did you mean 'services'?"));
        Assert.That(ProblemsOf(Listen + Exec, superdToml: "[service]\nport = 1"), Has.One.Contains("a file is one service"));
    }

    [Test]
    public void A_very_long_value_takes_no_time() =>
        Assert.That(ProblemsOf($"{Listen}{Exec}stop_grace = \"{string.Concat(Enumerable.Repeat("1s", 100_000))}\""), Has.Length.EqualTo(1));

    [Test]
    public void A_command_line_leads_to_one_line_that_runs()
    {
        Needs.File("/usr/bin/python3");
        using ConfigurationFiles files = new();
        string script = files.Directory.Write("services.d/x.py", "print(1)\n");
        const string Path = "env.PATH = \"/nonexistent:/usr/bin\"\n";
        files.Service("han", $"{Listen}{Path}exec = \"python3 -u x.py 'a b'\"");

        string problem = files.Problems().Single();

        string line = $"exec = [\"/usr/bin/python3\", \"-u\", \"{script}\", \"a b\"]";
        Assert.That(files.Load().Diagnostics.Single().Message, Does.EndWith("split it at spaces; write " + line), problem);
        Assert.That(files.Service("han", Listen + Path + line).Problems(), Is.Empty);
    }

    [Test]
    public void A_command_line_for_a_shell_is_given_to_one()
    {
        using ConfigurationFiles files = new();
        files.Service("han", $"{Listen}exec = \"date | tr a-z A-Z\"");

        string message = files.Load().Diagnostics.Single().Message;

        const string Line = "exec = [\"/bin/sh\", \"-c\", \"date | tr a-z A-Z\"]";
        Assert.That(message, Does.EndWith("there is no shell that would run a command line; write " + Line));
        Assert.That(files.Service("han", Listen + Line).Problems(), Is.Empty);
    }

    [TestCase("han -v", "[\"{0}/services.d/han\", \"-v\"]")]
    [TestCase("./han -v", "[\"{0}/services.d/han\", \"-v\"]")]
    [TestCase("../bin/other -v", "[\"{0}/bin/other\", \"-v\"]")]
    [TestCase("hna", "\"{0}/services.d/han\"")]
    [TestCase("../bin/ohter", "\"{0}/bin/other\"")]
    [TestCase("../bin/other.sh", null)]
    [TestCase("../bin/third", "\"{0}/bin/third.py\"")]
    [TestCase("~/bin/other", "\"{0}/bin/other\"")]
    [TestCase("$HOME/bin/other -v", "[\"{0}/bin/other\", \"-v\"]")]
    [TestCase("${HOME}/bin/ohter", "\"{0}/bin/other\"")]
    [TestCase("/usr/local/nonexistent/cat", "\"/bin/cat\"")]
    [TestCase("caat", "\"/bin/cat\"")]
    [TestCase("../bin/nothing-like-it", null)]
    public void A_program_that_is_not_there_is_told_with_the_one_that_is_meant(string exec, string? right)
    {
        using ConfigurationFiles files = new();
        foreach (string program in (string[])["services.d/han", "bin/other", "bin/third.py"])
        {
            files.Directory.Write(program, "#!/bin/sh\n", "755");
        }

        const string Path = "env.PATH = \"/bin\"\n";
        files.Service("han", $"{Listen}{Path}exec = {TomlText.Of(exec)}");

        string message = MessageAtHome(files);

        if (right is null)
        {
            Assert.That(message, Does.EndWith("; name a file that exists"));
            return;
        }

        string line = $"exec = {string.Format(right, files.Directory.Path)}";
        Assert.That(message, Does.Match($"(write|did you mean) {Regex.Escape(line)}\\??$"));
        Assert.That(files.Service("han", Listen + Path + line).Problems(), Is.Empty);
    }

    [TestCase("exec = \"~/nonexistent\"", "~ is not expanded, since there is no shell; write the whole path, beginning with '/'")]
    [TestCase("exec = \"$PREFIX/han\"", "$PREFIX is not expanded, since there is no shell; write the whole path, beginning with '/'")]
    [TestCase(Exec + "directory = \"~/services.d\"", "~ is not expanded, since there is no shell; write directory = \"{0}/services.d\"")]
    [TestCase(Exec + "chroot = \"$HOME\"", "$HOME is not expanded, since there is no shell; write chroot = \"{0}\"")]
    public void What_only_a_shell_expands_is_told(string lines, string advice)
    {
        using ConfigurationFiles files = new();
        files.Service("han", Listen + lines);

        string message = MessageAtHome(files);

        Assert.That(message, Does.EndWith("; " + string.Format(advice, files.Directory.Path)));
    }

    [Test]
    public void An_argument_beside_the_service_file_is_a_warning_unless_the_handlers_directory_has_it_too()
    {
        using ConfigurationFiles files = new();
        string beside = files.Directory.Write("services.d/x.py", "print(1)\n");
        files.Service("han", $"{Listen}exec = [\"/bin/cat\", \"-\", \"x.py\"]");

        Assert.That(files.Load().Diagnostics.Select(problem => problem.ToString()), Has.One.EndsWith(
            ":2:8: warning: exec names the argument \"x.py\": it is beside the service file, but not in the handler's directory, \"/\"; "
                + $"write \"{beside}\" if the file is meant"));
        Assert.That(files.Service("han", $"{Listen}exec = [\"/bin/cat\", \"{beside}\"]").Problems(), Is.Empty);
        Assert.That(files.Service("han", $"{Listen}exec = [\"/bin/cat\", \"x.py\"]\ndirectory = \".\"").Problems(), Is.Empty);
    }

    /// <summary>The one problem for a superd whose HOME is the directory of the files.</summary>
    private static string MessageAtHome(ConfigurationFiles files) =>
        files.Load(Able with { Variable = name => name == "HOME" ? files.Directory.Path : null }).Diagnostics.Single().Message;

    [GeneratedRegex(", or |, | or | for the range, or ")]
    private static partial Regex Separator();
}
