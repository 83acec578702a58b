using NUnit.Framework;
using SuperD.Tests.Scenarios.Sandbox;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>capabilities, as a handler has them.</summary>
public sealed class CapabilityScenarioTests
{
    private const string Show = "exec = ['/bin/grep', '-E', '^Cap(Inh|Prm|Eff|Bnd|Amb)', '/proc/self/status']\n";
    private const ulong NetBindService = 1 << 10;

    [SetUp]
    public void NeedRoot() => Needs.Root();

    [Test]
    public void A_handler_has_those_that_are_written_and_no_others(
        [Values("root", "nobody")] string user, [Values("none", "basic", "strict")] string profile)
    {
        Dictionary<string, ulong> sets = Ask(user, profile, "capabilities = ['net_bind_service']\n");

        string[] names = profile == "none" ? ["Inh", "Prm", "Eff", "Bnd", "Amb"] : ["Inh", "Prm", "Eff", "Amb"];
        Assert.That(names.Select(name => sets[name]), Has.All.EqualTo(NetBindService), "in a sandbox no bounding set is needed");
    }

    [Test]
    public void With_an_empty_list_it_has_none([Values("root", "nobody")] string user, [Values("none", "basic")] string profile)
    {
        Dictionary<string, ulong> sets = Ask(user, profile, "capabilities = []\n");

        string[] names = profile == "none" ? ["Inh", "Prm", "Eff", "Bnd", "Amb"] : ["Inh", "Prm", "Eff", "Amb"];
        Assert.That(names.Select(name => sets[name]), Has.All.EqualTo(0));
    }

    [Test]
    public void Without_the_key_a_user_has_none_and_root_all()
    {
        Dictionary<string, ulong> root = Ask("root", "none", ""), nobody = Ask("nobody", "none", "");
        Assert.That(root["Eff"], Is.EqualTo(root["Bnd"]).And.Not.Zero);
        Assert.That((nobody["Eff"], nobody["Prm"], nobody["Bnd"]), Is.EqualTo((0UL, 0UL, root["Bnd"])));
    }

    [TestCase("none")]
    [TestCase("basic")]
    public void A_capability_has_its_effect(string profile)
    {
        using TempDir directory = new();
        directory.OpenToAll();
        string file = directory.Write("file", "");
        string writable = profile == "none" ? "" : $"writable = [{TomlText.Of(directory.Path)}]\n";
        string script = $"chown daemon {file} 2>&1; stat -c %U {file}";

        Assert.That(SandboxedHandler.AskShell("nobody", profile, script, writable), Does.EndWith("root\n"));
        Assert.That(SandboxedHandler.AskShell("nobody", profile, script, writable + "capabilities = 'chown'\n"), Is.EqualTo("daemon\n"));
    }

    [Test]
    public void A_set_user_id_program_has_no_others()
    {
        using TempDir directory = new();
        File.SetUnixFileMode(directory.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        string cat = directory["cat"];
        File.Copy("/bin/cat", cat);
        File.SetUnixFileMode(cat, (UnixFileMode)Convert.ToInt32("4755", 8));
        string script = $"{cat} /proc/self/status | grep -E '^(Uid|CapEff)'";

        string reply = SandboxedHandler.AskShell("nobody", "none", script, "capabilities = ['chown']\n");
        Assert.That(reply, Does.Match(@"^Uid:\s+\d+\s+0\s"), "it is root");
        Assert.That(reply, Does.EndWith("CapEff:\t0000000000000001\n"), "and has what the handler may have");
    }

    private static Dictionary<string, ulong> Ask(string user, string profile, string keys) =>
        SandboxedHandler.Ask(user, profile, Show, keys)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(":\t"))
            .ToDictionary(parts => parts[0][3..], parts => Convert.ToUInt64(parts[1], 16));
}
