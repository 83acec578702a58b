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
    [TestCase("stop_grace = 5", "\"5s\"")]
    [TestCase("rlimit.as = \"512MB\"", "\"512M\"")]
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
    [TestCase("rate = 5", "\"5/s\"")]
    [TestCase("enabled = \"yes\"", "true")]
    [TestCase("enabled = \"no\"", "false")]
    [TestCase("enabled = 0", "false")]
    [TestCase("orphans = \"kil\"", "\"kill\"")]
    [TestCase("umask = 22", "\"026\"")]
    public void A_value_that_is_written_otherwise_elsewhere_is_told_how_it_is_written_here(string line, string right)
    {
        string key = line.Split(' ')[0];
        string rest = (key == "listen" ? "" : Listen) + Exec;
        string[] problems = ProblemsOf(rest + line);

        Assert.That(problems, Has.Length.EqualTo(1));
        Assert.That(problems[0], Does.Contain(right));
        foreach (string proposal in right.StartsWith('[') ? [right] : Separator().Split(right))
        {
            Assert.That(ProblemsOf($"{rest}{key} = {proposal}"), Is.Empty, proposal);
        }
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
    public void A_value_that_means_nothing_has_no_proposal(string line) =>
        Assert.That(ProblemsOf(Listen + Exec + line), Has.Length.EqualTo(1).And.None.Contains("did you mean"));

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
