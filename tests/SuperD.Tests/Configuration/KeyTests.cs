using NUnit.Framework;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>Key names, places and types, for keys in general.</summary>
public sealed class KeyTests
{
    [Test]
    public void An_unknown_key_is_an_error_that_names_the_nearest_known_key() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "instence = 3"), Is.EqualTo(["3:1: error: unknown key \"instence\"; did you mean 'instances'?"]));

    [Test]
    public void An_unknown_key_like_no_other_points_to_the_reference() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "colour = 3"),
            Is.EqualTo(["3:1: error: unknown key \"colour\" in a service file; 'superd help keys' lists the known ones"]));

    [TestCase("exce = \"/bin/cat\"\n" + Listen, "1:1: error: unknown key \"exce\"; did you mean 'exec'?")]
    [TestCase("lisen = 9003\n" + Exec, "1:1: error: unknown key \"lisen\"; did you mean 'listen'?")]
    [TestCase(
        "port = 9003\n" + Exec,
        "1:1: error: unknown key \"port\"; here that is 'listen', for example listen = 9003; or \"127.0.0.1:9003\" for one address")]
    public void A_mistyped_key_is_not_missing_too(string file, string message) => Assert.That(ProblemsOf(file), Is.EqualTo([message]));

    [Test]
    public void An_unknown_resource_names_the_nearest_known_one() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "rlimit = { nofiles = 3 }"),
            Is.EqualTo(["3:12: error: unknown key \"rlimit.nofiles\"; did you mean 'rlimit.nofile'?"]));

    [Test]
    public void An_unknown_key_of_the_log_table_names_the_nearest_known_one()
    {
        using ConfigurationFiles files = new("log.levle = \"info\"");
        Assert.That(files.Problems(), Has.Some.EqualTo("superd.toml:1:5: error: unknown key \"log.levle\"; did you mean 'log.level'?"));
    }

    [Test]
    public void An_unknown_key_of_the_defaults_names_the_nearest_known_one()
    {
        using ConfigurationFiles files = new("[defaults]\nuzer = \"nobody\"");
        Assert.That(files.Problems(), Has.Some.EqualTo("superd.toml:2:1: error: unknown key \"uzer\"; did you mean 'user'?"));
    }

    [Test]
    public void A_service_key_in_the_defaults_is_told_where_it_belongs()
    {
        using ConfigurationFiles files = new("[defaults]\nlisten = 9003");
        Assert.That(
            files.Problems(),
            Has.Some.EqualTo(
                "superd.toml:2:1: error: listen may not stand in [defaults] of superd.toml; move it to where it has a meaning: in a "
                    + "service file"));
    }

    [Test]
    public void A_default_at_the_top_of_superd_toml_is_told_where_it_belongs()
    {
        using ConfigurationFiles files = new("instances = 3");
        Assert.That(
            files.Problems(),
            Has.Some.EqualTo(
                "superd.toml:1:1: error: instances may not stand at the top of superd.toml; move it to where it has a meaning: in a "
                    + "service file or in [defaults] of superd.toml"));
    }

    [Test]
    public void A_server_key_in_a_service_file_is_told_where_it_belongs() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "shutdown_grace = \"1s\""),
            Is.EqualTo(
                [
                    "3:1: error: shutdown_grace may not stand in a service file; move it to where it has a meaning: at the top of "
                        + "superd.toml",
                ]));

    [TestCase(
        "instances = \"many\"",
        "3:13: error: instances must be an integer, 1 or more, found the string \"many\"; for example instances = 40")]
    [TestCase("instances = 1.5", "3:13: error: instances must be an integer, 1 or more, found the float 1.5; for example instances = 40")]
    [TestCase(
        "enabled = \"yes\"",
        "3:11: error: enabled must be true or false, without quotes, found the string \"yes\"; write enabled = true")]
    [TestCase(
        "stop_grace = 5",
        "3:14: error: stop_grace must be a duration such as \"30s\", \"500ms\" or \"1m30s\" (units d, h, m, s, ms), found 5 without a "
            + "unit; write stop_grace = \"5s\" if seconds are meant")]
    [TestCase(
        "stop_grace = \"5 sec\"",
        "3:14: error: stop_grace must be a duration such as \"30s\", \"500ms\" or \"1m30s\" (units d, h, m, s, ms), at most \"365d\", "
            + "found \"5 sec\"; did you mean \"5s\"?")]
    [TestCase(
        "stop_grace = true",
        "3:14: error: stop_grace must be a duration such as \"30s\", \"500ms\" or \"1m30s\" (units d, h, m, s, ms), found true; for "
            + "example stop_grace = \"5s\"")]
    [TestCase(
        "when_full = \"later\"",
        "3:13: error: when_full must be \"refuse\" or \"queue\", found \"later\"; delete the line for the default, \"refuse\"")]
    [TestCase(
        "when_full = [1]", "3:13: error: when_full must be \"refuse\" or \"queue\", found an array; for example when_full = \"refuse\"")]
    [TestCase(
        "description = 3", "3:15: error: description must be a string, found the integer 3; for example description = \"a greeting\"")]
    [TestCase("rlimit = 5", "3:10: error: rlimit must be a table, found the integer 5; for example rlimit = { nofile = 1024 }")]
    [TestCase("env = [\"A=1\"]", "3:7: error: env must be a table of strings, found an array; for example env = { LANG = \"C.UTF-8\" }")]
    [TestCase(
        "pass_env = \"TZ\"", "3:12: error: pass_env must be an array of names, found the string \"TZ\"; for example pass_env = [\"TZ\"]")]
    [TestCase("description = \"a\\u0000b\"", "3:15: error: description holds a NUL character, which ends a string for Linux; remove it")]
    public void A_value_of_the_wrong_type_is_told_what_is_allowed_with_an_example(string line, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + line), Is.EqualTo([message]));

    [Test]
    public void A_value_out_of_range_is_told_the_default_it_may_inherit()
    {
        const string Defaults = "[defaults]\ninstances = 40\n";
        Assert.That(
            ProblemsOf(Listen + Exec + "instances = -3", superdToml: Defaults),
            Is.EqualTo(["3:13: error: instances must be 1 or more, found -3; delete the line to inherit 40 from [defaults]"]));
    }

    [Test]
    public void A_limit_out_of_range_is_told_the_default_it_may_inherit() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "rlimit.nofile = -3", superdToml: "[defaults.rlimit]\nnofile = 40\n"),
            Has.One.EndsWith("found -3; delete the line to inherit 40 from [defaults]"));

    [Test]
    public void A_value_out_of_range_without_a_default_is_told_what_holds_without_it() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "instances = 0"),
            Is.EqualTo(["3:13: error: instances must be 1 or more, found 0; write it as in instances = 40; without the line it is "
                + "unlimited (100 over UDP)"]));

    [TestCase("9223372036854775807")]
    [TestCase("2147483648")]
    public void A_number_beyond_what_superd_can_count_is_an_error(string number) =>
        Assert.That(
            ProblemsOf(Listen + Exec + $"instances = {number}"),
            Has.One.StartsWith("3:13: error: instances must be at most 2147483647, found "));

    [Test]
    public void All_problems_of_a_file_are_told_at_once_from_top_to_bottom() =>
        Assert.That(
            ProblemsOf(
                "listen = 99999\nexec = 3\nenv = { A = 1, B = [] }\nnice = "
                    + "20\n").Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]),
            Is.EqualTo(["1:10", "2:8", "3:13", "3:20", "4:8"]));

    [Test]
    public void Control_characters_in_a_name_do_not_reach_the_terminal() =>
        Assert.That(ProblemsOf(Listen + Exec + "\"\\u001b[31m\" = 1"), Has.One.StartsWith("3:1: error: unknown key \"\\u001B[31m\""));

    [Test]
    public void The_order_of_keys_does_not_matter()
    {
        string[] lines =
        [
            "listen = 0", "exec = \"/bin/cat\"", "instances = 3", "when_full = \"queue\"", "description = \"x\"", "rlimit.nofile = 100"
        ];
        string text = string.Join('\n', lines), reversed = string.Join('\n', lines.Reverse());
        using ConfigurationFiles files = new();
        string first = Facts(files.Service("han", text).Load().Server!.Services[0]);
        Assert.That(Facts(files.Service("han", reversed).Load().Server!.Services[0]), Is.EqualTo(first));
    }
}
