using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>The console's reports and actions, requested in JSON.</summary>
public sealed class ControlTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_talk = Listen + TomlText.ExecShell("echo hello; read line; echo bye");

    [Test]
    public void Status_tells_of_superd_and_counts_what_became_of_every_connection()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "instances = 1\n"));
        using Client live = daemon.Connect("talk");
        live.ReadLine();
        using (Client refused = daemon.Connect("talk"))
        {
            Assert.That(refused.IsClosedWithoutReply(), Is.True);
        }

        JsonElement reply = ConsoleSocket.Ask(daemon, """{"command":"status"}""");

        JsonElement server = reply.GetProperty("server");
        Assert.That(server.GetProperty("pid").GetInt32(), Is.EqualTo(daemon.Pid));
        Assert.That(server.GetProperty("phase").GetString(), Is.EqualTo("serving"));
        Assert.That(server.GetProperty("connections").GetInt32(), Is.EqualTo(1));
        JsonElement talk = Service(reply, "talk");
        Assert.That(talk.GetProperty("live").GetInt32(), Is.EqualTo(1));
        Assert.That(talk.GetProperty("accepted").GetInt64(), Is.EqualTo(1));
        Assert.That(talk.GetProperty("refused").GetProperty("instances").GetInt64(), Is.EqualTo(1));
        Assert.That(talk.GetProperty("listeners")[0].GetProperty("address").GetString(), Is.EqualTo($"127.0.0.1:{daemon.Port("talk")}"));
        Assert.That(
            talk.GetProperty("launch_seconds").GetProperty("counts").EnumerateArray().Sum(count => count.GetInt64()), Is.EqualTo(1));

        live.Send("x\n").ReadToEnd();
        daemon.WaitFor("end", "talk");
        talk = Service(ConsoleSocket.Ask(daemon, """{"command":"status","service":"talk"}"""), "talk");
        Assert.That(talk.GetProperty("ended").GetProperty("none").GetInt64(), Is.EqualTo(1));
        Assert.That(talk.GetProperty("bytes_in").GetInt64(), Is.EqualTo(2));
        Assert.That(talk.GetProperty("bytes_out").GetInt64(), Is.EqualTo("hello\nbye\n".Length));
        Assert.That(talk.GetProperty("live").GetInt32(), Is.Zero);
    }

    [Test]
    public void A_launch_that_failed_is_counted_by_its_step()
    {
        using var directory = new TempDir();
        using Daemon daemon = Daemon.Start(("gone", Listen + $"exec = '/bin/true'\ndirectory = '{directory.Path}'\n"));
        Directory.Delete(directory.Path);
        using (Client client = daemon.Connect("gone"))
        {
            Assert.That(client.IsClosedWithoutReply(), Is.True);
        }

        JsonElement gone = Service(ConsoleSocket.Ask(daemon, """{"command":"status","service":"gone"}"""), "gone");

        Assert.That(gone.GetProperty("failed_launches").GetProperty("chdir").GetInt64(), Is.EqualTo(1));
        Assert.That(gone.GetProperty("refused").GetProperty("launch").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public void Connections_are_listed_oldest_first_with_what_they_use()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        Client[] clients = [.. Enumerable.Range(0, 3).Select(_ => daemon.Connect("talk"))];
        Array.ForEach(clients, client => client.ReadLine());
        daemon.WaitFor(line => line.Is("accept", "talk"), clients.Length, "superd knows that all of them run");

        JsonElement[] listed = [.. ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections").EnumerateArray()];

        Assert.That(
            listed.Select(connection => connection.GetProperty("peer").GetString()),
            Is.EquivalentTo(clients.Select(client => client.Address)));
        Assert.That(listed.Select(connection => connection.GetProperty("id").GetInt64()), Is.Ordered);
        JsonElement first = listed.First(connection => connection.GetProperty("peer").GetString() == clients[0].Address);
        Assert.That(first.GetProperty("pid").GetInt32(), Is.EqualTo(daemon.HandlerOf(clients[0])));
        Assert.That(first.GetProperty("state").GetString(), Is.EqualTo("running"));
        Assert.That(first.GetProperty("bytes_out").GetInt64(), Is.EqualTo("hello\n".Length));
        Assert.That(first.GetProperty("mem_kib").GetInt64(), Is.GreaterThan(0));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void Many_connections_come_in_pages()
    {
        const int Count = 230;
        using Daemon daemon = Daemon.Start(("sleep", Listen + "exec = ['/bin/sleep', '60']\n"));
        Client[] clients = [.. Enumerable.Range(0, Count).Select(_ => daemon.Connect("sleep"))];
        daemon.WaitFor(line => line.Is("accept", "sleep"), Count, "all are accepted");

        using var console = new ConsoleSocket(daemon);
        var ids = new List<long>();
        var pages = new List<int>();
        for (long? next = 0; next is not null;)
        {
            JsonElement reply = console.Ask($$"""{"command":"connections","after":{{next}}}""");
            long[] page =
            [
                .. reply.GetProperty("connections").EnumerateArray().Select(connection => connection.GetProperty("id").GetInt64())
            ];
            ids.AddRange(page);
            pages.Add(page.Length);
            next = reply.TryGetProperty("next", out JsonElement more) ? more.GetInt64() : null;
        }

        Assert.That(pages, Is.EqualTo(new[] { 100, 100, 30 }));
        Assert.That(ids, Is.Ordered.And.Unique);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void End_ends_the_one_connection_with_all_its_processes_and_says_why()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using Client first = daemon.Connect("talk");
        using Client second = daemon.Connect("talk");
        first.ReadLine();
        second.ReadLine();

        JsonElement reply = ConsoleSocket.Ask(daemon, $$"""{"command":"end","id":{{daemon.AcceptOf(first)["conn"]}}}""");

        Assert.That(reply.GetProperty("ended").GetInt32(), Is.EqualTo(1));
        Assert.That(first.ReadToEnd(), Is.Empty);
        LogLine end = daemon.WaitFor("end", "talk");
        Assert.That(end["conn"], Is.EqualTo(daemon.AcceptOf(first)["conn"]));
        Assert.That(end["reason"], Is.EqualTo("operator"));
        Assert.That(second.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"));
    }

    [Test]
    public void End_ends_the_connections_of_a_network_or_of_a_service_and_no_others()
    {
        using Daemon daemon = Daemon.Start(("one", s_talk), ("two", s_talk));
        using Client near = daemon.ConnectFrom("127.0.0.2", "one");
        using Client far = daemon.ConnectFrom("127.1.0.2", "one");
        using Client other = daemon.ConnectFrom("127.0.0.3", "two");
        near.ReadLine();
        far.ReadLine();
        other.ReadLine();

        JsonElement reply = ConsoleSocket.Ask(daemon, """{"command":"end","from":"127.0.0.0/24","service":"one"}""");
        Assert.That(reply.GetProperty("ended").GetInt32(), Is.EqualTo(1));
        Assert.That(near.ReadToEnd(), Is.Empty);

        reply = ConsoleSocket.Ask(daemon, """{"command":"end","service":"two"}""");
        Assert.That(reply.GetProperty("ended").GetInt32(), Is.EqualTo(1));
        Assert.That(other.ReadToEnd(), Is.Empty);
        Assert.That(far.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"));
    }

    [Test]
    public void A_connection_whose_program_does_not_execute_yet_is_listed_and_can_be_ended()
    {
        using var directory = new TempDir();
        string program = directory["cat"];
        File.Copy("/bin/cat", program);
        using Daemon daemon = Daemon.Start(("cat", Listen + $"exec = '{program}'\n"));
        using var hung = new HungFile(program);
        using Client client = daemon.Connect("cat");
        JsonElement[] listed = [];
        Patience.Until(
            () =>
            {
                listed = [.. ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections").EnumerateArray()];
                return listed is [_] && listed[0].TryGetProperty("pid", out _);
            },
            "the launch is listed");
        Assert.That(listed[0].GetProperty("state").GetString(), Is.EqualTo("starting"));
        Assert.That(listed[0].GetProperty("peer").GetString(), Is.EqualTo(client.Address));

        JsonElement reply = ConsoleSocket.Ask(daemon, """{"command":"end","service":"cat"}""");

        Assert.That(reply.GetProperty("ended").GetInt32(), Is.EqualTo(1));
        hung.Dispose();
        Assert.That(client.ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor("end", "cat")["reason"], Is.EqualTo("operator"));
    }

    [Test]
    public void End_ends_a_relayed_connection()
    {
        using var backend = new TestBackend();
        using Daemon daemon = Daemon.Start(("relay", Listen + $"redirect = '127.0.0.1:{backend.Port}'\n"));
        using Client client = daemon.Connect("relay");
        LogLine accept = daemon.WaitFor("accept_relay", "relay");
        JsonElement listed = ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections")[0];
        Assert.That(listed.GetProperty("state").GetString(), Is.EqualTo("relaying"));

        ConsoleSocket.Ask(daemon, $$"""{"command":"end","id":{{accept["conn"]}}}""");

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("end_relay", "relay")["reason"], Is.EqualTo("operator"));
    }

    [Test]
    public void A_client_of_a_builtin_is_listed_and_ended_like_any_other()
    {
        using Daemon daemon = Daemon.Start(("echo", Listen + "builtin = 'echo'\n"));
        using Client client = daemon.Connect("echo");
        Assert.That(client.Send("hello\n").ReadLine(), Is.EqualTo("hello"));
        JsonElement listed = ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections")[0];
        Assert.That(listed.GetProperty("state").GetString(), Is.EqualTo("talking"));
        Assert.That(listed.GetProperty("bytes_in").GetInt64(), Is.EqualTo(6));

        ConsoleSocket.Ask(daemon, $$"""{"command":"end","id":{{listed.GetProperty("id").GetInt64()}}}""");

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("end", "echo")["reason"], Is.EqualTo("operator"));
    }

    [Test]
    public void End_without_saying_which_ends_nobody()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using Client client = daemon.Connect("talk");
        client.ReadLine();

        JsonElement reply = ConsoleSocket.Ask(daemon, """{"command":"end"}""");

        Assert.That(reply.GetProperty("ok").GetBoolean(), Is.False);
        Assert.That(reply.GetProperty("kind").GetString(), Is.EqualTo("bad_request"));
        Assert.That(client.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"));
    }

    [Test]
    public void A_paused_service_lets_new_clients_wait_and_serves_them_when_it_is_resumed()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using Client live = daemon.Connect("talk");
        live.ReadLine();

        JsonElement reply = ConsoleSocket.Ask(daemon, """{"command":"pause","service":"talk"}""");
        Assert.That(Service(reply, "talk").GetProperty("mode").GetString(), Is.EqualTo("paused"));
        using Client waiting = daemon.Connect("talk");
        Assert.That(live.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"), "the live one goes on");
        daemon.WaitFor("end", "talk");
        Assert.That(daemon.Log.Count(line => line.Is("accept", "talk")), Is.EqualTo(1), "and makes no room for the waiting one");

        ConsoleSocket.Ask(daemon, """{"command":"resume","service":"talk"}""");
        Assert.That(waiting.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void A_drained_service_refuses_new_clients_and_lets_live_ones_finish()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using Client live = daemon.Connect("talk");
        live.ReadLine();

        ConsoleSocket.Ask(daemon, """{"command":"drain","service":"talk"}""");
        Assert.That(Client.IsRefused(daemon.Port("talk")), Is.True);
        Assert.That(live.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"));

        ConsoleSocket.Ask(daemon, """{"command":"resume","service":"talk"}""");
        using Client again = daemon.Connect("talk");
        Assert.That(again.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void Why_names_the_check_that_refuses_with_its_count()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "per_source = 1\nno_access = '127.0.0.9'\n"));
        using Client live = daemon.Connect("talk");
        live.ReadLine();

        Assert.That(FirstRefusal("127.0.0.1"), Is.EqualTo("per_source: 127.0.0.1 has 1 of 1"));
        Assert.That(FirstRefusal("::ffff:127.0.0.1"), Is.EqualTo("per_source: 127.0.0.1 has 1 of 1"), "an IPv4 client in IPv6 form");
        Assert.That(FirstRefusal("127.0.0.9"), Does.StartWith("no_access: "));
        Assert.That(FirstRefusal("192.0.2.7"), Is.Null);
        Assert.That(FirstRefusal("2001:db8::5"), Does.StartWith("state: it has no address for IPv6: it listens at 127.0.0.1:"));
        Assert.That(Checks("192.0.2.7").Select(check => check.GetProperty("check").GetString()), Does.Contain("descriptors"));

        IEnumerable<JsonElement> Checks(string address) =>
            ConsoleSocket.Ask(daemon, $$"""{"command":"why","address":"{{address}}","service":"talk"}""")
                .GetProperty("checks")
                .EnumerateArray();

        string? FirstRefusal(string address) => Checks(address)
            .Where(check => check.GetProperty("outcome").GetString() == "refuses")
            .Select(check => $"{check.GetProperty("check").GetString()}: {check.GetProperty("detail").GetString()}")
            .FirstOrDefault();
    }

    [Test]
    public void Tail_follows_the_log_of_one_service()
    {
        using Daemon daemon = Daemon.Start(("one", s_talk), ("two", s_talk));
        using var tail = new ConsoleSocket(daemon);
        Assert.That(tail.Ask("""{"command":"tail","service":"two"}""").GetProperty("ok").GetBoolean(), Is.True);

        using (Client one = daemon.Connect("one"))
        using (Client two = daemon.Connect("two"))
        {
            one.ReadLine();
            two.ReadLine();
            JsonElement line = tail.ReadReply();
            Assert.That(line.GetProperty("event").GetString(), Is.EqualTo("accept"));
            Assert.That(line.GetProperty("service").GetString(), Is.EqualTo("two"));
            Assert.That(line.GetProperty("peer").GetString(), Is.EqualTo(two.Address));
            one.Send("x\n").ReadToEnd();
            two.Send("x\n").ReadToEnd();
        }

        JsonElement end = tail.ReadReply();
        Assert.That(end.GetProperty("event").GetString(), Is.EqualTo("end"));
        Assert.That(end.GetProperty("service").GetString(), Is.EqualTo("two"));
    }

    [Test]
    public void Several_requests_at_once_are_answered_in_their_order_though_the_client_has_ended()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using var console = new ConsoleSocket(daemon);

        console.Send("{\"command\":\"status\"}\n{\"command\":\"connections\"}\n{\"command\":\"nonsense\"}").EndSending();

        Assert.That(console.ReadReply().TryGetProperty("server", out _), Is.True);
        Assert.That(console.ReadReply().TryGetProperty("connections", out _), Is.True);
        Assert.That(console.ReadReply().GetProperty("kind").GetString(), Is.EqualTo("bad_request"));
        Assert.That(console.ReadLine(), Is.Null);
    }

    private static JsonElement Service(JsonElement reply, string name) =>
        reply.GetProperty("services").EnumerateArray().First(service => service.GetProperty("name").GetString() == name);
}
