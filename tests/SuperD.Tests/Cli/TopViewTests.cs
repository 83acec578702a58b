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
    public void Q_and_control_C_quit()
    {
        Assert.That(Press('q'), Is.EqualTo(TopWish.Quit));
        Press('/');
        Assert.That(
            _view.Press(new ConsoleKeyInfo('\x03', ConsoleKey.C, shift: false, alt: false, control: true)), Is.EqualTo(TopWish.Quit));
    }

    private static ControlReply Reply(params ConnectionState[] connections) => new() { Connections = connections };

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
