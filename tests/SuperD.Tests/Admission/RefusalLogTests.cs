using NUnit.Framework;
using SuperD.Admission;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;
using SuperD.Tests.Support;
using static SuperD.Tests.Admission.Peers;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Admission;

/// <summary>A flood of refusals does not fill the disk, yet every refusal is accounted for.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RefusalLogTests
{
    private static readonly Service s_han = new(DefinitionOf(Listen + Exec));

    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();

    [Test]
    public void The_first_refusals_of_a_kind_are_lines_and_the_rest_is_a_number()
    {
        using EventLoop loop = new(_time);
        var refusals = new RefusalLog(loop, _log);
        Refuse(refusals, Refusal.PerSource, 1000);
        Refuse(refusals, Refusal.NoAccess, 5);
        refusals.Flush();
        Assert.That(_log.Lines.Count(line => line.Id.Id == EventIds.Refuse), Is.EqualTo(RefusalLog.LinesPerInterval + 5));
        Assert.That(_log.Lines[^1].Message, Is.EqualTo("refuse han reason=per_source repeated=980 last_peer=192.0.2.7:50000"));
    }

    [Test]
    public void Few_refusals_are_lines_for_ever()
    {
        using EventLoop loop = new(_time);
        var refusals = new RefusalLog(loop, _log);
        for (int i = 0; i < 100; i++)
        {
            Refuse(refusals, Refusal.PerSource, RefusalLog.LinesPerInterval);
            _time.Advance(RefusalLog.Interval);
        }

        refusals.Flush();
        Assert.That(
            _log.Lines,
            Has.Count.EqualTo(100 * RefusalLog.LinesPerInterval)
                .And.All.Matches<(Microsoft.Extensions.Logging.EventId Id, string)>(line => line.Id.Id == EventIds.Refuse));
    }

    [Test]
    public void The_number_is_written_at_the_end_of_the_interval_and_lines_begin_again()
    {
        using EventLoop loop = new(_time);
        var refusals = new RefusalLog(loop, _log);
        Refuse(refusals, Refusal.PerSource, 100);
        loop.Schedule(RefusalLog.Interval, loop.Stop);
        _time.Advance(RefusalLog.Interval);
        loop.Run();
        Assert.That(_log.Lines[^1].Id.Id, Is.EqualTo(EventIds.RefuseRepeated));
        Refuse(refusals, Refusal.PerSource, 1);
        Assert.That(_log.Lines[^1].Id.Id, Is.EqualTo(EventIds.Refuse));
    }

    private static void Refuse(RefusalLog refusals, Refusal reason, int times)
    {
        for (int i = 0; i < times; i++)
        {
            refusals.Write(s_han, i, Peer("192.0.2.7"), new Verdict(reason, s_han.Occupancy, TimeSpan.Zero));
        }
    }
}
