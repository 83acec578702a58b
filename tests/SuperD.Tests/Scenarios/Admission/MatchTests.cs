using System.Text;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Admission;

/// <summary>Other variables or another program for some clients.</summary>
public sealed class MatchTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private const string Rules = """
        env = { RELAY = "none" }
        match = [
            { from = "127.0.0.2", env = { RELAY = "two {peer_addr}" } },
            { from = "127.0.0.4", exec = ["/bin/echo", "other", "{peer_addr}"] },
            { from = "127.0.0.0/29" },
            { from = ["127.0.0.0/8", "192.0.2.0/24"], env = { RELAY = "rest" } },
        ]

        """;

    private static readonly string s_say = Listen + TomlText.ExecShell("echo $RELAY");

    [Test]
    public void The_first_rule_that_has_the_client_decides()
    {
        using Daemon daemon = Daemon.Start(("han", s_say + Rules));
        string[] replies = [.. new[] { 1, 2, 4, 5, 9, 2 }.Select(last =>
        {
            using Client client = daemon.ConnectFrom($"127.0.0.{last}", "han");
            return client.ReadToEnd();
        })];
        Assert.That(
            replies, Is.EqualTo(["none\n", "two 127.0.0.2\n", "other 127.0.0.4\n", "none\n", "rest\n", "two 127.0.0.2\n"]));
    }

    [Test]
    public void Behind_a_proxy_it_is_the_client_that_the_header_names()
    {
        using Daemon daemon = Daemon.Start(("han", s_say + Rules + "proxy_in = '127.0.0.2'\n"));
        using Client client = daemon.ConnectFrom("127.0.0.2", "han");
        Assert.That(client.Send("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n").ReadToEnd(), Is.EqualTo("rest\n"));
    }

    [Test]
    public void A_peer_over_datagrams_has_its_rule()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(
            ("han", "listen = 'udp://127.0.0.1:0'\n" + TomlText.ExecShell("head -n 1 >/dev/null; echo $RELAY") + Rules
                + "idle_timeout = '5s'\n"));
        using var peer = new DatagramClient(daemon.Port("han"), "127.0.0.2");

        Assert.That(peer.Send("hello\n").Receive(), Is.EqualTo("two 127.0.0.2\n"));
    }

    [Test]
    public void A_file_of_clients_is_followed()
    {
        using TempDir lists = new();
        string file = TomlText.Of("@" + lists.Write("relays", "127.0.0.2\n"));
        using Daemon daemon = Daemon.Start(
            ("han", s_say + $"match = [{{ from = {file}, env.RELAY = 'file' }}, {{ from = '127.0.0.3', env.RELAY = 'rule' }}]\n"));
        Assert.That(Ask(daemon, "127.0.0.2") + Ask(daemon, "127.0.0.3"), Is.EqualTo("file\nrule\n"));

        lists.Write("relays", "127.0.0.3 # another one\n");
        _ = daemon.WaitFor(line => line.Event == "addresses_read", "the file was read again");

        Assert.That(Ask(daemon, "127.0.0.2") + Ask(daemon, "127.0.0.3"), Is.EqualTo("\nfile\n"));
    }

    [Test]
    public void A_reload_between_admission_and_launch_does_not_change_the_rule()
    {
        using var directory = new TempDir();
        string banner = Banner(directory, out string text);
        using Daemon daemon = Daemon.Start(("han", s_say + banner + "match = { from = '127.0.0.1', env.RELAY = 'before' }\n"));
        using var client = new Client(daemon.Port("han"), receiveBuffer: 16 * 1024);
        Patience.Until(() => Live(daemon) == 1, "the client is admitted");

        daemon.Write("han", s_say + banner + "match = [{ from = '::1' }, { from = '127.0.0.1', env.RELAY = 'after' }]\n");
        daemon.Reload();

        Assert.That(Encoding.UTF8.GetString(client.ReadBytes(text.Length)), Is.EqualTo(text));
        Assert.That(client.ReadToEnd(), Is.EqualTo("before\n"));
        Assert.That(Ask(daemon, "127.0.0.1")[text.Length..], Is.EqualTo("after\n"));
    }

    [Test]
    public void A_client_that_is_greeted_during_an_upgrade_has_its_rule_afterwards()
    {
        using var directory = new TempDir();
        string banner = Banner(directory, out string text);
        using Daemon daemon = Daemon.Start(("han", s_say + banner + "match = { from = '127.0.0.1', env.RELAY = 'rule' }\n"));
        using var client = new Client(daemon.Port("han"), receiveBuffer: 16 * 1024);
        Patience.Until(() => Live(daemon) == 1, "the client is admitted");

        daemon.Upgrade();

        Assert.That(Encoding.UTF8.GetString(client.ReadBytes(text.Length)), Is.EqualTo(text));
        Assert.That(client.ReadToEnd(), Is.EqualTo("rule\n"));
    }

    [Test]
    public void A_handler_of_a_rule_lives_through_an_upgrade()
    {
        using Daemon daemon = Daemon.Start(
            ("han", Listen + "exec = '/bin/false'\nmatch = { from = '127.0.0.1', exec = '/bin/cat' }\n"));
        using Client client = daemon.Connect("han");
        Assert.That(client.Send("a\n").ReadLine(), Is.EqualTo("a"));

        daemon.Upgrade();

        Assert.That(client.Send("b\n").ReadLine(), Is.EqualTo("b"));
        client.EndSending();
        Assert.That(daemon.WaitFor("end", "han")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void A_launch_that_fails_names_the_program_of_the_rule()
    {
        using var directory = new TempDir();
        string program = directory.Write("other", "#!/bin/sh\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        using Daemon daemon = Daemon.Start(
            ("han", Listen + $"exec = '/bin/cat'\nmatch = {{ from = '127.0.0.1', exec = {TomlText.Of(program)} }}\n"));
        File.Delete(program);
        using Client client = daemon.Connect("han");

        Assert.That(client.ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor("launch_failed", "han").Raw, Does.Contain(program));
    }

    [Test]
    public void Why_shows_the_rule_of_a_client()
    {
        using Daemon daemon = Daemon.Start(("han", s_say + Rules));
        Assert.That(Why(daemon, "127.0.0.2"), Is.EqualTo("rule 1 of 4: RELAY=\"two {peer_addr}\""));
        Assert.That(Why(daemon, "127.0.0.4"), Is.EqualTo("rule 2 of 4: /bin/echo other {peer_addr}"));
        Assert.That(Why(daemon, "127.0.0.1"), Is.EqualTo("rule 3 of 4, which changes nothing"));
        Assert.That(Why(daemon, "::1"), Is.EqualTo("none of its 4 rules"));
    }

    [Test]
    public void A_trial_from_an_address_has_the_rule_of_that_address()
    {
        using var directory = new TempDir();
        directory.Write("superd.toml", "");
        directory.MakeDirectory("services.d");
        directory.Write("services.d/han.toml", s_say + Rules);
        Assert.That(
            SuperdProgram.Run(directory.Path, ["try", "han", "--from", "192.0.2.7"]).StandardOutput, Is.EqualTo("rest\n"));
    }

    private static string Ask(Daemon daemon, string from)
    {
        using Client client = daemon.ConnectFrom(from, "han");
        return client.ReadToEnd();
    }

    private static string Why(Daemon daemon, string address) =>
        ConsoleSocket.Ask(daemon, $$"""{"command":"why","address":"{{address}}","service":"han"}""")
            .GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("check").GetString() == "match").GetProperty("detail").GetString()!; // a check has one

    private static int Live(Daemon daemon) =>
        ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("services")[0].GetProperty("live").GetInt32();

    /// <summary>More than the socket's buffers hold, so that the greeting waits for its reader.</summary>
    private static string Banner(TempDir directory, out string text)
    {
        text = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"line {i}\r\n"));
        return $"banner = {{ file = {TomlText.Of(directory.Write("banner.txt", text))} }}\n";
    }
}
