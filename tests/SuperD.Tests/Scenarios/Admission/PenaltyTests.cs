using System.Globalization;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Admission;

/// <summary>A source is penalized for the way its handlers end.</summary>
public sealed class PenaltyTests
{
    private static readonly string s_obey = "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello; read word; eval $word");

    [Test]
    public void Exit_statuses_add_up_until_their_source_is_refused_and_no_other()
    {
        using Daemon daemon = Daemon.Start(("login", s_obey + "penalty = { exit.77 = '10s' }"), ("other", s_obey));
        Visit(daemon, "127.0.0.2", "exit 77");
        Visit(daemon, "127.0.0.2", "exit 0");
        Visit(daemon, "127.0.0.2", "exit 77");
        LogLine penalty = daemon.WaitFor("penalise", "login");
        Assert.That(penalty["source"], Is.EqualTo("127.0.0.2"));
        Assert.That(double.Parse(penalty["seconds"], CultureInfo.InvariantCulture), Is.InRange(15, 20));
        using Client refused = daemon.ConnectFrom("127.0.0.2", "login");
        Assert.That(refused.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "login")["reason"], Is.EqualTo("penalty"));
        using Client elsewhere = daemon.ConnectFrom("127.0.0.2", "other");
        using Client another = daemon.ConnectFrom("127.0.0.3", "login");
        Assert.That((elsewhere.ReadLine(), another.ReadLine()), Is.EqualTo(("hello", "hello")));
    }

    [Test]
    public void A_crash_is_a_penalty_and_a_hang_up_of_the_client_is_not()
    {
        using Daemon daemon = Daemon.Start(("login", s_obey + "penalty = { signal = '90s' }"));
        Visit(daemon, "127.0.0.2", "kill -PIPE $$");
        Visit(daemon, "127.0.0.2", "kill -TERM $$");
        Visit(daemon, "127.0.0.2", "kill -SEGV $$");
        using Client refused = daemon.ConnectFrom("127.0.0.2", "login");
        Assert.That(refused.IsClosedWithoutReply(), Is.True);
    }

    [Test]
    public void A_penalty_runs_down_by_itself()
    {
        using Daemon daemon = Daemon.Start(("login", s_obey + "penalty = { exit.1 = '1s', min = '1s', max = '1s' }"));
        Visit(daemon, "127.0.0.2", "exit 1");
        _ = daemon.WaitFor("penalise", "login");
        Patience.Until(
            () =>
            {
                using Client client = daemon.ConnectFrom("127.0.0.2", "login");
                return !client.IsClosedWithoutReply();
            },
            "the source is served again");
    }

    [Test]
    public void Who_is_exempt_is_never_penalised()
    {
        using Daemon daemon = Daemon.Start(("login", s_obey + "penalty = { signal = '90s', exempt = ['127.0.0.2', '10.0.0.0/8'] }"));
        Visit(daemon, "127.0.0.2", "kill -SEGV $$");
        using Client client = daemon.ConnectFrom("127.0.0.2", "login");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        Assert.That(daemon.Log.Where(line => line.Event == "penalise"), Is.Empty);
    }

    /// <summary>Makes a handler end in a given way, and waits until superd has noticed.</summary>
    private static void Visit(Daemon daemon, string from, string end)
    {
        int before = daemon.Log.Count(line => line.Is("end", "login"));
        using Client client = daemon.ConnectFrom(from, "login");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        client.Send(end + "\n");
        _ = daemon.WaitFor(line => line.Is("end", "login"), before + 1, "the handler has ended");
    }
}
