using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Listening;

/// <summary>tcpmux, RFC 1078: one port, and the client names the service it wants.</summary>
public sealed class TcpmuxTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly (string, string) s_mux = ("mux", Listen + "builtin = 'tcpmux'\n");
    private static readonly (string, string) s_cat = ("Cat", "tcpmux = true\nexec = '/bin/cat'\n");

    [TestCase("Cat\r\n")]
    [TestCase("cAT\r\n")]
    [TestCase("cat\n")]
    public void A_service_is_found_by_its_name_in_any_case_and_is_the_handler_from_there_on(string line)
    {
        using Daemon daemon = Daemon.Start(s_mux, s_cat);
        using Client client = daemon.Connect("mux");

        Assert.That(client.Send(line).ReadLine(), Is.EqualTo("+Go\r"));
        Assert.That(client.Send("all yours").EndSending().ReadToEnd(), Is.EqualTo("all yours"));

        LogLine accept = daemon.WaitFor("accept", "Cat");
        LogLine end = daemon.WaitFor("end", "Cat");
        Assert.That((accept["peer"], end["conn"], end["exit"]), Is.EqualTo((client.Address, accept["conn"], "0")));
        Assert.That(
            daemon.Log.Where(entry => entry.Event is "accept" or "end" or "refuse"), Has.Exactly(2).Items, "one connection, one record");
    }

    [Test]
    public void The_name_may_come_in_pieces()
    {
        using Daemon daemon = Daemon.Start(s_mux, s_cat);
        using Client client = daemon.Connect("mux");
        client.Socket.NoDelay = true;

        foreach (string piece in (string[])["c", "a", "t", "\r", "\n"])
        {
            client.Send(piece);
            Patience.Until(() => Sockets.UnreadAt(client) == 0, "superd has taken the piece");
        }

        Assert.That(client.ReadLine(), Is.EqualTo("+Go\r"));
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
    }

    [Test]
    public void Bytes_after_the_name_belong_to_the_handler_all_of_them()
    {
        using Daemon daemon = Daemon.Start(s_mux, s_cat);
        string request = "\r\nline\r\n" + new string('x', 10_000);
        for (int i = 0; i < 20; i++)
        {
            using Client client = daemon.Connect("mux");
            Assert.That(client.Send("cat\r\n" + request).EndSending().ReadToEnd(), Is.EqualTo("+Go\r\n" + request));
        }
    }

    [Test]
    public void Help_lists_the_services_that_want_to_be_asked_for_and_no_others()
    {
        using Daemon daemon = Daemon.Start(
            s_mux, s_cat, ("day", Listen + "tcpmux = true\nbuiltin = 'daytime'\n"), ("private", Listen + "exec = '/bin/cat'\n"));
        using Client client = daemon.Connect("mux");

        Assert.That(client.Send("help\r\n").ReadToEnd(), Is.EqualTo("Cat\r\nday\r\n"));

        LogLine accept = daemon.WaitFor("accept", "mux");
        Assert.That(daemon.WaitFor("end", "mux")["conn"], Is.EqualTo(accept["conn"]));
    }

    [TestCase("private\r\n", TestName = "A_service_that_did_not_opt_in_is_never_reached (CVE-2012-0862)")]
    [TestCase("mux\r\n", TestName = "Tcpmux_is_not_reached_by_itself")]
    [TestCase("off\r\n", TestName = "A_service_that_is_not_enabled_is_not_reached")]
    [TestCase("ca\r\n", TestName = "The_beginning_of_a_name_is_no_name")]
    [TestCase("cat \r\n", TestName = "A_name_with_a_space_is_another_name")]
    [TestCase("\r\n", TestName = "No_name_is_no_service")]
    [TestCase("cat\0x\r\n", TestName = "A_name_does_not_end_at_a_zero_byte")]
    [TestCase(
        "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
        TestName = "A_name_that_does_not_end_is_refused")]
    public void Who_is_not_to_be_asked_for_is_refused_with_a_text(string line)
    {
        using Daemon daemon = Daemon.Start(
            s_mux, s_cat, ("private", Listen + "exec = '/bin/cat'\n"), ("off", "enabled = false\ntcpmux = true\nexec = '/bin/cat'\n"));
        using Client client = daemon.Connect("mux");

        Assert.That(client.Send(line).ReadToEnd(), Is.EqualTo("-there is no such service\r\n"));

        LogLine refusal = daemon.WaitFor("refuse", "mux");
        Assert.That((refusal["reason"], refusal["peer"], refusal["count"]), Is.EqualTo(("unknown_service", client.Address, "1/1000")));
        Assert.That(daemon.Log.Where(entry => entry.Event is "accept" or "end"), Is.Empty);
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
    }

    [Test]
    public void The_limits_of_the_service_asked_for_hold()
    {
        using Daemon daemon = Daemon.Start(
            s_mux, ("one", Listen + "tcpmux = true\ninstances = 1\n" + TomlText.ExecShell("echo hello; read line")));
        using Client direct = daemon.Connect("one");
        Assert.That(direct.ReadLine(), Is.EqualTo("hello"));

        using Client refused = daemon.Connect("mux");
        Assert.That(refused.Send("one\r\nmore").ReadToEnd(), Is.EqualTo("-not now: instances\r\n"));
        LogLine refusal = daemon.WaitFor("refuse", "one");
        Assert.That((refusal["reason"], refusal["peer"]), Is.EqualTo(("instances", refused.Address)));

        direct.EndSending();
        Assert.That(direct.ReadToEnd(), Is.Empty);
        _ = daemon.WaitFor("end", "one");
        using Client admitted = daemon.Connect("mux");
        Assert.That(admitted.Send("one\r\n").ReadLine(), Is.EqualTo("+Go\r"));
        Assert.That(admitted.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void A_connection_that_found_its_service_takes_no_place_at_tcpmux()
    {
        using Daemon daemon = Daemon.Start(("mux", Listen + "builtin = 'tcpmux'\ninstances = 1\n"), s_cat);
        using Client first = daemon.Connect("mux");
        Assert.That(first.Send("cat\r\n").ReadLine(), Is.EqualTo("+Go\r"));

        using Client second = daemon.Connect("mux");
        Assert.That(second.Send("cat\r\n").ReadLine(), Is.EqualTo("+Go\r"));
    }

    [Test]
    public void A_banner_of_the_service_asked_for_comes_after_the_answer_of_tcpmux()
    {
        using Daemon daemon = Daemon.Start(
            s_mux, ("hi", "tcpmux = true\nbanner = \"one\\n\"\nbanner_success = \"two\\n\"\n" + TomlText.ExecShell("echo three")));
        using Client client = daemon.Connect("mux");
        Assert.That(client.Send("hi\r\n").ReadToEnd(), Is.EqualTo("+Go\r\none\ntwo\nthree\n"));
    }

    [Test]
    public void A_service_whose_handler_cannot_be_launched_costs_one_connection_and_superd_lives_on()
    {
        // CVE-2013-4342 and xinetd's crashes came from a second launch path; superd has a single one, with all its checks.
        using TempDir programs = new();
        string program = programs.Write("handler", "#!/bin/sh\n", "755");
        using Daemon daemon = Daemon.Start(s_mux, s_cat, ("gone", $"tcpmux = true\nexec = {TomlText.Of(program)}\n"));
        File.Delete(program);
        using Client client = daemon.Connect("mux");

        Assert.That(client.Send("gone\r\n").ReadToEnd(), Is.EqualTo("+Go\r\n"));

        _ = daemon.WaitFor("launch_failed", "gone");
        using Client other = daemon.Connect("mux");
        Assert.That(other.Send("cat\r\nx").EndSending().ReadToEnd(), Is.EqualTo("+Go\r\nx"));
    }

    [Test]
    public void The_handler_of_a_service_with_a_user_runs_as_that_user()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(s_mux, ("who", "tcpmux = true\nuser = 'nobody'\n" + TomlText.ExecShell("id -un")));
        using Client client = daemon.Connect("mux");
        Assert.That(client.Send("who\r\n").ReadToEnd(), Is.EqualTo("+Go\r\nnobody\n"));
    }

    [Test]
    public void A_client_that_says_nothing_has_ten_seconds()
    {
        using Daemon daemon = Daemon.Start(s_mux, s_cat);
        using Client silent = daemon.Connect("mux");
        using Client half = daemon.Connect("mux");
        half.Send("ca");
        using Client gone = daemon.Connect("mux");
        gone.Dispose();

        LogLine left = daemon.WaitFor("refuse", "mux");
        Assert.That((left["reason"], daemon.WaitFor("talk_failed", "mux")["reason"]), Is.EqualTo(("request", "gone")));
        Assert.That(silent.ReadToEnd(), Is.EqualTo("-say which service, in one line, within 10 s\r\n"));
        Assert.That(half.ReadToEnd(), Does.StartWith("-say which service"));
        _ = daemon.WaitFor(line => line.Is("refuse", "mux"), 3, "three are refused");
        Assert.That(daemon.Log.Count(line => line.Is("talk_failed", "mux") && line["reason"] == "deadline"), Is.EqualTo(2));
    }
}
