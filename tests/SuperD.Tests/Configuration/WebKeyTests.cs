using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>builtin = "web" and web: superd's page as a service.</summary>
public sealed class WebKeyTests
{
    private const string Page = Listen + "builtin = \"web\"\n";

    private static readonly HostContext s_root = new() { Capabilities = ulong.MaxValue, OwnProgram = () => ["/bin/cat"] };

    [Test]
    public void It_is_a_wait_service_of_superds_own_program_in_a_sandbox_on_the_loopback_interface()
    {
        ServiceDefinition page = DefinitionOf(
            "listen = 9008\nbuiltin = \"web\"\nweb.hosts = [\"a.example\", \"b.example:8443\"]", host: s_root);

        Assert.That((page.Wait, page.Instances, page.Builtin, page.IsReport), Is.EqualTo((true, 1, (Builtin?)null, true)));
        Assert.That(page.Listen.Select(address => address.ToString()), Is.EqualTo(new[] { "127.0.0.1:9008" }));
        Assert.That(page.Executable, Is.EqualTo("/bin/cat"));
        Assert.That(
            string.Join(' ', page.Arguments), Does.StartWith("web --socket /").And.EndsWith(" --host a.example --host b.example:8443"));
        Assert.That((page.Sandbox!.Profile, page.Sandbox.HasNetwork), Is.EqualTo((SandboxProfile.Strict, true)));
        Assert.That(page.Process.DynamicUser, Is.Not.Null, "as root it has a user of its own");
        Assert.That(page.Web, Is.EqualTo(new WebDefinition(Token: null)));
    }

    [Test]
    public void What_its_file_or_the_machine_says_counts_more()
    {
        ServiceDefinition page = DefinitionOf(Page + "user = \"root\"\nsandbox = \"none\"", host: s_root);
        Assert.That((page.Process.DynamicUser, page.Sandbox), Is.EqualTo(((DynamicUserDefinition?)null, (SandboxDefinition?)null)));
        ServiceDefinition plain = DefinitionOf(Page, host: s_root with { UserId = 1000, Capabilities = 0 });
        Assert.That(plain.Process.Credentials, Is.Null, "who is not root cannot give it another user");

        HostContext old = s_root with { Sandbox = new SandboxAbilities { LandlockAbi = 0, HasFilters = false } };
        Assert.That(ProblemsOf(Page, host: old), Has.Some.Contains("error: "));
        Assert.That(ProblemsOf(Page + "enabled = false", host: old), Has.None.Contains("error: "), "as it comes with superd");
    }

    [TestCase("wait = true", "3:1: error: wait has no meaning with builtin = \"web\": superd itself is the program; delete the line")]
    [TestCase("web = 5", "3:7: error: web must be a table of write and hosts, found the integer 5")]
    [TestCase("web.port = 1", "3:5: error: unknown key \"web.port\"")]
    [TestCase("web.hosts = \"http://x/\"", "3:13: error: web.hosts must be a name or an address, with its port unless it is 80 or 443")]
    [TestCase("web.hosts = \"x:\"", "3:13: error: web.hosts must be a name or an address")]
    [TestCase("web.write = \"/nonexistent/token\"", "3:13: error: web.write: the file /nonexistent/token cannot be read: ")]
    public void A_mistake_is_an_error(string line, string message) =>
        Assert.That(ProblemsOf(Page + line, host: s_root), Has.Length.EqualTo(1).And.One.StartsWith(message));

    [Test]
    public void Web_says_nothing_without_the_page() => Assert.That(
        ProblemsOf(Listen + Exec + "web.hosts = \"x\""),
        Has.Length.EqualTo(1).And.One.EndsWith("web has no meaning without builtin = \"web\"; delete it"));

    [Test]
    public void It_needs_a_console_and_comes_over_tcp()
    {
        Assert.That(
            ProblemsOf(Page, superdToml: "[control]\nenabled = false", host: s_root),
            Has.One.Contains("superd.toml has control.enabled = false"));
        Assert.That(ProblemsOf("listen = \"udp://:9003\"\nbuiltin = \"web\"", host: s_root), Has.Some.Contains("is for browsers"));
    }

    [TestCase("0123456789abcdef\n", "600", null)]
    [TestCase("0123456789abcdef\n", "640", "can be read by others")]
    [TestCase("0123456789abcde\n", "600", "must have one line of 16 or more letters")]
    [TestCase("0123456789 abcdef", "600", "must have one line of 16 or more letters")]
    [TestCase("0123456789abcdef\nmore\n", "600", "must have one line of 16 or more letters")]
    [TestCase("", "600", "must have one line of 16 or more letters")]
    public void The_token_is_one_long_line_that_nobody_else_can_read(string content, string mode, string? wrong)
    {
        using var directory = new TempDir();
        string line = $"web.write = {TomlText.Of(directory.Write("token", content, mode))}";
        HostContext host = s_root with { UserId = NativeMethods.EffectiveUserId(), OwnProgram = () => ["/bin/cat"] };
        if (wrong is null)
        {
            ServiceDefinition page = DefinitionOf(Page + line, host: host);
            Assert.That(page.Web!.Token, Is.EqualTo("0123456789abcdef"));
            Assert.That(page.ToString(), Does.Not.Contain("0123456789abcdef"));
            Assert.That(page.Arguments, Has.Some.EqualTo("--write").And.None.Contains("0123456789"));
        }
        else
        {
            Assert.That(ProblemsOf(Page + line, host: host), Has.Length.EqualTo(1).And.One.Contains(wrong));
        }
    }
}
