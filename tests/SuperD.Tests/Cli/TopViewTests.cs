using NUnit.Framework;
using SuperD.Cli;
using SuperD.Control.Messages;

namespace SuperD.Tests.Cli;

/// <summary>superd top: the effect of the keys on the screen.</summary>
public sealed class TopViewTests
{
    private TopView _view = null!; // set before each test

    [SetUp]
    public void Show()
    {
        _view = new TopView();
        _view.Update(Reply(
            Connection(1, "ssh", "192.0.2.7:50112", age: 10, cpu: 30),
            Connection(2, "web", "192.0.2.8:50113", age: 30, cpu: 10),
            Connection(3, "web", "198.51.100.1:50114", age: 20, cpu: 20)));
    }

    [Test]
    public void The_oldest_stands_first_and_s_sorts_by_something_else()
    {
        Assert.That(Ids(), Is.EqualTo(new[] { "2", "3", "1" }));

        while (_view.Order != "cpu")
        {
            Press('s');
        }

        Assert.That(Ids(), Is.EqualTo(new[] { "1", "3", "2" }));
    }

    [Test]
    public void What_is_typed_after_a_slash_filters_by_service_and_peer()
    {
        Type("/web");
        Assert.That(Ids(), Is.EqualTo(new[] { "2", "3" }));
        Press('\r', ConsoleKey.Enter);

        Type("/192.0.2.");
        Assert.That(Ids(), Is.EqualTo(new[] { "2", "1" }));
    }

    [Test]
    public void E_asks_first_and_ends_the_chosen_one_only_on_yes()
    {
        Press('\0', ConsoleKey.DownArrow);
        Assert.That(_view.Selected?.Id, Is.EqualTo(3));

        Assert.That(Press('e'), Is.EqualTo(TopWish.Nothing));
        Assert.That(_view.Render(80, 24, colours: false).ElementAt(1), Is.EqualTo("end connection 3 of web, 198.51.100.1:50114? y/n"));
        Assert.That(Press('n'), Is.EqualTo(TopWish.Nothing));
        Press('e');
        Assert.That(Press('y'), Is.EqualTo(TopWish.End));
    }

    [Test]
    public void The_mark_stays_on_its_connection_when_others_come_and_go()
    {
        Press('\0', ConsoleKey.DownArrow);
        _view.Update(
            Reply(
                Connection(3, "web", "198.51.100.1:50114", age: 21, cpu: 0), Connection(4, "web", "198.51.100.1:50115", age: 99, cpu: 0)));
        Assert.That(_view.Selected?.Id, Is.EqualTo(3));

        _view.Update(Reply());
        Assert.That(_view.Selected, Is.Null);
        Assert.That(Press('e'), Is.EqualTo(TopWish.Nothing));
        Assert.That(Press('y'), Is.EqualTo(TopWish.Nothing));
    }

    [Test]
    public void The_screen_is_never_larger_than_the_terminal()
    {
        _view.Update(
            Reply(
                [
                    .. Enumerable
                        .Range(1, 500)
                        .Select(
                            id => Connection(id, "a-service-with-a-long-name", "[2001:db8:1234:5678:9abc:def0:1234:5678]:50112", id, id)),
                ]));
        string[] lines = [.. _view.Render(80, 24, colours: false)];

        Assert.That(lines, Has.Length.LessThanOrEqualTo(24));
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(80));
    }

    [Test]
    public void The_other_pages_have_services_refusals_and_the_log_in_80_columns()
    {
        int[] minutes = [.. Enumerable.Repeat(0, 56), 1, 0, 40, 39];
        _view.Update(
            new ControlReply
            {
                Services =
                [
                    .. Enumerable.Range(1, 100).Select(i => Service($"service-{i}", refused: null)),
                    Service("web", new Dictionary<string, IReadOnlyList<int>>
                    {
                        ["per_source"] = minutes, ["rate"] = [.. minutes.Reverse()],
                    }),
                ],
            },
            [.. Enumerable.Range(1, 100).Select(i => new FollowedLine
            {
                Time = "2026-11-30T20:11:37.194Z", Level = "info", Message = $"line {i} {new string('x', 100)}",
            })]);

        Assert.That(Press('2'), Is.EqualTo(TopWish.Look));
        Assert.That(_view.Page, Is.EqualTo(TopPage.Services));
        Assert.That(Page()[4], Does.StartWith("service-1 ").And.Contains("open"));
        Press('\0', ConsoleKey.DownArrow);
        Assert.That(Page()[4], Does.StartWith("service-2 "));
        Type("/web");
        Assert.That(Page(), Has.Length.EqualTo(5));

        Press('\r', ConsoleKey.Enter);
        Press('3');
        Assert.That(Page()[4], Does.Match(@"^web     per_source        80 \.{28}[1▁][8█]       40$"));
        Assert.That(Page()[5], Does.Match(@"^web     rate              80 [8█][1▁]\.{28}       40$"));
        Assert.That((Press('e'), Press('y')), Is.EqualTo((TopWish.Nothing, TopWish.Nothing)), "there is nothing to end");

        Press('4');
        Type("/line");
        Press('\r', ConsoleKey.Enter);
        Assert.That(Page()[^1], Does.StartWith("20:11:37.194 info  line 100 xxx"));
        Press('\0', ConsoleKey.UpArrow);
        Assert.That(Page()[^1], Does.StartWith("20:11:37.194 info  line 99 xxx"));
        Press('1');
        Assert.That(Page()[3], Does.Contain("PEER"));

        string[] Page()
        {
            string[] lines = [.. _view.Render(80, 24, colours: false)];
            Assert.That(lines, Has.Length.LessThanOrEqualTo(24));
            Assert.That(lines, Has.All.Length.LessThanOrEqualTo(80));
            return lines;
        }
    }

    [Test]
    public void Q_and_control_C_quit()
    {
        Assert.That(Press('q'), Is.EqualTo(TopWish.Quit));
        Press('/');
        Assert.That(
            _view.Press(new ConsoleKeyInfo('\x03', ConsoleKey.C, shift: false, alt: false, control: true)), Is.EqualTo(TopWish.Quit));
    }

    private static ControlReply Reply(params ConnectionState[] connections) => new() { Connections = connections };

    private static ServiceState Service(string name, IReadOnlyDictionary<string, IReadOnlyList<int>>? refused)
    {
        var none = new Dictionary<string, long>();
        var histogram = new HistogramState([], [], 0);
        return new ServiceState
        {
            Name = name, File = "x", Mode = "open", State = "open", Listeners = [], Live = 0, Accepted = 0, Refused = none,
            RefusedLately = refused, FailedLaunches = none, Ended = none, BytesIn = 0, BytesOut = 0, Orphans = 0, LaunchSeconds = histogram,
            DurationSeconds = histogram,
        };
    }

    private static ConnectionState Connection(long id, string service, string peer, long age, long cpu) =>
        new()
        {
            Id = id, Service = service, Peer = peer, State = "running", AgeMs = age, CpuMs = cpu, Pid = 4711, BytesIn = 17,
            BytesOut = 1 << 20, MemKib = 1564, IdleMs = 5,
        };

    private TopWish Press(char letter, ConsoleKey key = ConsoleKey.None) =>
        _view.Press(new ConsoleKeyInfo(letter, key, shift: false, alt: false, control: false));

    private void Type(string text)
    {
        foreach (char letter in text)
        {
            Press(letter);
        }
    }

    private IEnumerable<string> Ids() => _view.Render(80, 24, colours: false).Skip(4).Select(line => line.TrimStart().Split(' ')[0]);
}
