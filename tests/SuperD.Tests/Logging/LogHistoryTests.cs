using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using SuperD.Logging;
using SuperD.Tests.Support;

namespace SuperD.Tests.Logging;

/// <summary>The lines of the log that superd keeps.</summary>
public sealed class LogHistoryTests
{
    private LogHistory _history = null!; // set before each test
    private FakeTime _time = null!;

    [SetUp]
    public void Make()
    {
        _time = new FakeTime();
        _history = new LogHistory();
    }

    [Test]
    public void No_more_lines_are_kept_than_the_limit_and_the_newest_stay()
    {
        for (int i = 0; i <= LogHistory.MostLines + 9; i++)
        {
            Add(i.ToString(), bytes: 1);
        }

        string[] messages = Messages(service: null, most: int.MaxValue);
        Assert.That(messages, Has.Length.EqualTo(LogHistory.MostLines));
        Assert.That((messages[0], messages[^1]), Is.EqualTo(("10", (LogHistory.MostLines + 9).ToString())));
    }

    [Test]
    public void No_more_bytes_are_kept_than_the_limit_but_always_the_newest_line()
    {
        Add("old", bytes: 1);
        Add("half", LogHistory.MostBytes / 2);
        Add("the other half", LogHistory.MostBytes / 2);
        Assert.That(Messages(null, int.MaxValue), Is.EqualTo(new[] { "half", "the other half" }));

        Add("huge", LogHistory.MostBytes * 2);
        Assert.That(Messages(null, int.MaxValue), Is.EqualTo(new[] { "huge" }));
    }

    [Test]
    public void The_last_lines_of_a_service_are_counted_without_those_of_others()
    {
        foreach (string text in (string[])["a 1", "b 1", "a 2", "b 2", "a 3", "superd"])
        {
            Add(text, bytes: 1, service: text.Length > 3 ? null : text[..1]);
        }

        Assert.That(Messages("a", most: 2), Is.EqualTo(new[] { "a 2", "a 3" }));
        Assert.That(Messages(null, most: 2), Is.EqualTo(new[] { "a 3", "superd" }));
        Assert.That(Messages("c", most: 2), Is.Empty);
    }

    [Test]
    public void A_kept_line_is_what_a_follower_gets_with_the_time_at_which_it_was_logged()
    {
        var tap = new LogTap();
        byte[] followed = [];
        tap.Follower = (_, line) => followed = line;
        var state = new State("accept han", new("Service", "han"), new("Pid", 17));
        tap.Add(Entry(state), _time.GetUtcNow());
        _history.Add(Entry(state), _time.GetUtcNow(), bytes: 1);
        _time.Advance(TimeSpan.FromHours(1));

        (byte[] text, int count) = LogHistory.Format(_history.Snapshot(), service: "han", most: 1);

        Assert.That((Encoding.UTF8.GetString(text), count), Is.EqualTo((Encoding.UTF8.GetString(followed), 1)));
    }

    private static LogEvent Entry(State state) => new(LogLevel.Warning, new EventId(5, "Accept"), state, null);

    private void Add(string message, int bytes, string? service = null) =>
        _history.Add(Entry(new State(message, new KeyValuePair<string, object?>("Service", service))), _time.GetUtcNow(), bytes);

    private string[] Messages(string? service, int most)
    {
        (byte[] text, int count) = LogHistory.Format(_history.Snapshot(), service, most);
        string[] lines = Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(count));
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("message").GetString()!)];
    }

    private sealed class State(string message, params KeyValuePair<string, object?>[] values) : List<KeyValuePair<string, object?>>(values)
    {
        public override string ToString() => message;
    }
}
