using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>Placeholders in exec and env.</summary>
public sealed class PlaceholderTests
{
    [TestCase("{peer_addr}", 1)]
    [TestCase("--from={peer_addr}:{peer_port}", 2)]
    [TestCase("{{service}}", 1)]
    [TestCase("{conn", 0)]
    [TestCase("{", 0)]
    [TestCase("}{", 0)]
    [TestCase("${service}", 0, Description = "a variable of a shell")]
    [TestCase("{ conn }", 0)]
    [TestCase("{CONN}", 0)]
    [TestCase("BEGIN {print} {n[$1]++} END {for (i in n) {print i}}", 0)]
    public void Exactly_the_known_names_are_placeholders(string text, int count) =>
        Assert.That(LaunchText.In(text).Count(), Is.EqualTo(count));

    [TestCase("{peer}", "{peer}", "{peer_addr}")]
    [TestCase("{peer_adr}", "{peer_adr}", "{peer_addr}")]
    [TestCase("{REMOTE_ADDR}", "{REMOTE_ADDR}", "{peer_addr}")]
    [TestCase("{local-port}", "{local-port}", "{local_port}")]
    [TestCase("{ conn }", "{ conn }", "{conn}")]
    [TestCase("echo ${service}", "${service}", "{service}")]
    [TestCase("{conn}{Service}", "{Service}", "{service}")]
    public void A_word_that_is_nearly_one_is_a_warning(string text, string written, string meant)
    {
        string message = $"{written} is no placeholder, and the program gets it as it is written; did you mean {meant}?";
        Assert.That(
            ProblemsOf(Listen + $"exec = [\"/bin/cat\", '{text}']"), Is.EqualTo([$"2:8: warning: exec: {message}"]));
        Assert.That(ProblemsOf(Listen + Exec + $"env.A = '{text}'"), Is.EqualTo([$"3:5: warning: env.A: {message}"]));
    }

    [TestCase("{print}")]
    [TestCase("{n[$1]++}")]
    [TestCase("{}")]
    [TestCase("{count}")]
    [TestCase("{ \"peer\": 1 }")]
    [TestCase("${peer}")]
    [TestCase("${conn:-none}")]
    [TestCase("{a,b}")]
    public void Other_braces_are_the_programs_own(string text) =>
        Assert.That(ProblemsOf(Listen + $"exec = [\"/bin/cat\", '{text}']\nenv.A = '{text}'"), Is.Empty);

    [TestCase(
        "listen = 0\nwait = true\n",
        "{peer_addr}",
        "with wait = true the program accepts its clients itself, and superd does not see them")]
    [TestCase("listen = \"unix:han.sock\"\n\n", "{peer_port}", "a Unix-domain socket has no port")]
    [TestCase("listen = \"unix:han.sock\"\n\n", "{local_port}", "a Unix-domain socket has no port")]
    public void A_placeholder_without_a_value_is_an_error(string service, string placeholder, string why)
    {
        string message = $"{placeholder} can have no value here: {why}; remove it";
        Assert.That(
            ProblemsOf(service + $"exec = [\"/bin/cat\", \"{placeholder}\"]"), Is.EqualTo([$"3:8: error: exec: {message}"]));
        Assert.That(ProblemsOf(service + Exec + $"env.A = \"{placeholder}\""), Is.EqualTo([$"4:5: error: env.A: {message}"]));
        Assert.That(ProblemsOf(service + Exec, superdToml: $"defaults.env.A = \"{placeholder}\""), Is.Empty, "for the other services");
    }

    [TestCase("listen = \"udp://:9003\"\nwait = true\n", "{peer_addr}")]
    [TestCase("listen = [\"unix:han.sock\", 0]\n", "{local_port}")]
    [TestCase("listen = \"unix:han.sock\"\nproxy_in = \"uid:0\"\n", "{peer_port}")]
    public void A_placeholder_that_can_have_a_value_is_none(string service, string placeholder) =>
        Assert.That(ProblemsOf(service + $"exec = [\"/bin/cat\", \"{placeholder}\"]"), Is.Empty);

    [Test]
    public void The_programs_path_has_no_placeholders() =>
        Assert.That(
            ProblemsOf(Listen + "exec = \"/bin/{service}\""),
            Has.One.EndsWith("placeholders are replaced in its arguments and in env alone"));
}
