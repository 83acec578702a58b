using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.ServiceManager;
using SuperD.Tests.Support;

namespace SuperD.Tests.ServiceManager;

/// <summary>The messages to a service manager, whose part the test plays.</summary>
public sealed class ManagerLinkTests
{
    private TempDir _directory = null!; // set before each test
    private EventLoop _loop = null!; // set before each test
    private RecordingLog _log = null!; // set before each test

    [SetUp]
    public void Prepare()
    {
        _directory = new TempDir();
        _loop = new EventLoop(TimeProvider.System);
        _log = new RecordingLog();
    }

    [TearDown]
    public void Clean_up()
    {
        _loop.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void Ready_is_one_datagram_with_a_status_line()
    {
        using var inbox = new DatagramInbox(_directory["notify"]);
        using ManagerLink link = Link(_directory["notify"]);

        link.Ready("serving 3 services");

        Assert.That(inbox.Next(), Is.EqualTo("READY=1\nSTATUS=serving 3 services"));
    }

    [Test]
    public void An_abstract_socket_is_reached_by_its_exact_name()
    {
        string name = $"@superd-test-{Guid.NewGuid():N}";
        using var inbox = new DatagramInbox(name);
        using ManagerLink link = Link(name);

        link.Status("here");

        Assert.That(inbox.Next(), Is.EqualTo("STATUS=here"));
    }

    [Test]
    public void Reloading_tells_the_monotonic_time_in_the_same_datagram_and_ready_follows_it()
    {
        using var inbox = new DatagramInbox(_directory["notify"]);
        using ManagerLink link = Link(_directory["notify"]);
        long before = MonotonicMicroseconds();

        link.Reloading();
        link.Ready("done");

        string[] lines = inbox.Next().Split('\n');
        Assert.That(lines[0], Is.EqualTo("RELOADING=1"));
        Assert.That(lines[1], Does.StartWith("MONOTONIC_USEC="));
        long told = long.Parse(lines[1].Split('=')[1], CultureInfo.InvariantCulture);
        Assert.That(told, Is.InRange(before, MonotonicMicroseconds()));
        Assert.That(inbox.Next(), Does.StartWith("READY=1\n"));
    }

    [Test]
    public void The_monotonic_time_is_that_of_the_C_librarys_CLOCK_MONOTONIC()
    {
        const string script = "import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)";
        long before = ManagerLink.MonotonicMicroseconds;
        long inPython = long.Parse(Tool.Run(Needs.Program("python3"), "-c", script), CultureInfo.InvariantCulture);

        Assert.That(inPython, Is.InRange(before, ManagerLink.MonotonicMicroseconds));
    }

    [Test]
    public void Stopping_asks_for_the_time_the_end_may_take()
    {
        using var inbox = new DatagramInbox(_directory["notify"]);
        using ManagerLink link = Link(_directory["notify"]);

        link.Stopping("bye", TimeSpan.FromSeconds(90.5));

        Assert.That(inbox.Next(), Is.EqualTo("STOPPING=1\nEXTEND_TIMEOUT_USEC=90500000\nSTATUS=bye"));
    }

    [Test]
    public void A_status_is_one_line_whatever_is_in_it()
    {
        using var inbox = new DatagramInbox(_directory["notify"]);
        using ManagerLink link = Link(_directory["notify"]);

        link.Status("two\nREADY=1\r\nlines " + new string('x', 1000));

        Assert.That(inbox.Next(), Does.Match("^STATUS=two READY=1 lines x{200,240}$"));
    }

    [Test]
    public void A_manager_that_is_busy_gets_every_message_later_and_in_order_and_the_loop_never_waits()
    {
        using var inbox = new DatagramInbox(_directory["notify"]);
        using ManagerLink link = Link(_directory["notify"]);
        int sent = FillQueue(_directory["notify"]);

        // None of these calls would return if it waited for the manager, which has not read yet.
        link.Reloading();
        link.Ready("again");
        link.Stopping("bye", TimeSpan.FromSeconds(1));

        for (int i = 0; i < sent; i++)
        {
            Assert.That(inbox.Next(), Is.EqualTo("full"));
        }

        RunLoopUntil(() => inbox.HasMail);
        Assert.That(inbox.Next(), Does.StartWith("RELOADING=1\nMONOTONIC_USEC="));
        Assert.That(inbox.Next(), Does.StartWith("READY=1\n"));
        Assert.That(inbox.Next(), Does.StartWith("STOPPING=1\n"));
        Assert.That(_log.Lines, Is.Empty);
    }

    [Test]
    public void What_is_kept_for_a_busy_manager_is_bounded_and_ends_with_the_latest()
    {
        using var inbox = new DatagramInbox(_directory["notify"]);
        using ManagerLink link = Link(_directory["notify"]);
        int sent = FillQueue(_directory["notify"]);
        for (int i = 0; i < 1000; i++)
        {
            link.Status($"{i}");
        }

        for (int i = 0; i < sent; i++)
        {
            _ = inbox.Next();
        }

        var kept = new List<string>();
        RunLoopUntil(() =>
        {
            while (inbox.HasMail)
            {
                kept.Add(inbox.Next());
            }

            return kept.Contains("STATUS=999");
        });

        Assert.That(kept, Is.EqualTo(Enumerable.Range(984, 16).Select(i => $"STATUS={i}")));
    }

    [Test]
    public void Signs_of_life_come_from_the_loop_twice_per_interval()
    {
        using var inbox = new DatagramInbox(_directory["notify"]);
        using ManagerLink link = Link(_directory["notify"], TimeSpan.FromSeconds(0.4));
        var clock = Stopwatch.StartNew();

        link.StartWatchdog();
        int count = 0;
        RunLoopUntil(() =>
        {
            for (; inbox.HasMail; count++)
            {
                Assert.That(inbox.Next(), Is.EqualTo("WATCHDOG=1"));
            }

            return count == 5;
        });

        Assert.That(clock.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(0.75)), "five signs are four halves of an interval");
    }

    [Test]
    public void A_manager_that_is_gone_is_mentioned_once_and_does_no_harm()
    {
        using ManagerLink link = Link(_directory["nobody"]);

        link.Ready("one");
        link.Status("two");

        Assert.That(_log.Lines.Select(line => line.Id.Id), Is.EqualTo(new[] { EventIds.NotifyFailed }));
        Assert.That(_log.Lines[0].Message, Does.Contain("No such file or directory"));
    }

    [TestCase("vsock:2:9999")]
    [TestCase("relative")]
    public void An_address_superd_does_not_speak_to_is_named_in_a_warning(string address)
    {
        using ManagerLink link = Link(address);

        link.Ready("one");

        Assert.That(_log.Lines.Select(line => line.Id.Id), Is.EqualTo(new[] { EventIds.NotifyUnknown }));
        Assert.That(_log.Lines[0].Message, Does.Contain(address));
    }

    [Test]
    public void Without_a_manager_nothing_is_sent_and_nothing_logged()
    {
        using var link = new ManagerLink(_loop, ManagerVariables.None, _log);

        link.Ready("one");
        link.StartWatchdog();
        link.Stopping("two", TimeSpan.Zero);

        Assert.That(_log.Lines, Is.Empty);
    }

    [Test]
    public void The_manager_gets_what_is_new_and_lets_go_of_what_is_gone()
    {
        const string keep = "FDSTORE=1\nFDPOLL=0\nFDNAME=some", forget = "FDSTOREREMOVE=1\nFDNAME=some";
        using var inbox = new DatagramInbox(_directory["notify"]);
        using var link = new ManagerLink(_loop, new ManagerVariables(_directory["notify"], null, 0, []) { StoreSize = 10 }, _log);
        Assert.That(DescriptorQueue.Create(out DescriptorQueue? pair).IsError, Is.False);
        using DescriptorQueue ends = pair!; // there is no error
        Fd one = ends.Ends[0], other = ends.Ends[1];

        link.Keep("some", [one]);
        link.Keep("some", [one]);
        link.Keep("some", [one, other]);
        link.Keep("some", [other]);
        link.Keep("some", []);

        string[] said = [.. Enumerable.Range(0, 6).Select(_ => inbox.Next())];
        Assert.That(said, Is.EqualTo((string[])[forget, keep, keep, forget, keep, forget]), "at first it may have some of an earlier one");
        Assert.That(inbox.HasMail, Is.False);
    }

    private ManagerLink Link(string socket, TimeSpan? watchdog = null) => new(_loop, new ManagerVariables(socket, watchdog, 0, []), _log);

    /// <summary>Sends until the receiver's queue is full; returns how many messages it took.</summary>
    private static int FillQueue(string path)
    {
        Assert.That(UnixClient.OpenDatagram(out Fd? opened).IsError, Is.False);
        using Fd socket = opened!; // asserted above
        var address = new System.Net.Sockets.UnixDomainSocketEndPoint(path);
        for (int sent = 0; ; sent++)
        {
            SysResult result = UnixClient.SendTo(socket, address, "full"u8, mayWait: false);
            if (result.IsError)
            {
                Assert.That(result.Errno, Is.EqualTo(Errno.EAGAIN));
                return sent;
            }
        }
    }

    /// <summary>Runs the loop until the condition holds; the loop cannot be used afterwards.</summary>
    private void RunLoopUntil(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        bool isMet = false;
        Check();
        _loop.Run();
        Assert.That(isMet, Is.True, "the loop ran in vain");

        void Check()
        {
            isMet = condition();
            if (isMet || clock.Elapsed > Patience.Limit)
            {
                _loop.Stop();
            }
            else
            {
                _loop.Schedule(TimeSpan.FromMilliseconds(5), Check);
            }
        }
    }

    private static long MonotonicMicroseconds() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);
}
