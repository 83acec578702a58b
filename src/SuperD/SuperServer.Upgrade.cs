using System.Globalization;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Reaping;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD;

/// <summary>The part of the story in which superd becomes its next version, in the same process, and nobody notices.</summary>
/// <remarks>
/// 1. The new executable (<see cref="NextVersion"/>) is asked whether it can take over (<see cref="UpgradeCheck"/>); all goes on meanwhile.
/// 2. Signals are held back, and nobody is accepted any more: clients wait in the kernel. Launches under way come to their end, which takes milliseconds.
/// 3. Each stage tells what it has (<see cref="Handover"/>), in a file of memory; execve(2) keeps the descriptors named in it.
/// 4. The new version takes all that over (SuperServer.TakeOver.cs) and accepts.
/// Until execve has succeeded, everything can go wrong and superd serves on as it was.
/// </remarks>
internal sealed partial class SuperServer
{
    // What .NET's own threads have of a signal that came before they were held back is with the loop by then.
    private static readonly TimeSpan s_signalsOnTheirWay = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan s_settleInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longestSettling = TimeSpan.FromSeconds(5);

    private readonly UpgradeOptions? _upgrade;
    private NextVersion? _next;
    private Action<ControlReply>? _answerUpgrade;
    private HeldSignals? _heldSignals;
    private long _heldMs;

    void IConsole.Upgrade(Action<ControlReply> answer) => BeginUpgrade(answer);

    /// <param name="answer">Who asked; null for a signal, when only the log is told.</param>
    private void BeginUpgrade(Action<ControlReply>? answer)
    {
        _loop.AssertOnLoop();
        string? obstacle = _upgrade is null ? "this superd was not started as a daemon"
            : _shutdown.Phase != ShutdownPhase.None ? "superd ends"
            : _next is not null ? "an upgrade is under way already"
            : null;
        NextVersion? next = obstacle is null ? NextVersion.Find(_upgrade!.OwnArguments, out obstacle) : null; // checked above
        if (next is null)
        {
            _log.UpgradeFailed(obstacle ?? string.Empty);
            answer?.Invoke(ControlReply.Fail(ControlCommands.UpgradeFailed, $"not upgraded: {obstacle}"));
            return;
        }

        _next = next;
        _answerUpgrade = answer;
        UpgradeCheck.Start(_loop, _launcher, _inherited, next, _definition.SourceFile, OnChecked);
    }

    private void OnChecked(string? problem, string version)
    {
        if (problem is not null)
        {
            EndUpgrade(problem);
            return;
        }

        if (_isReloading)
        {
            _loop.Schedule(s_settleInterval, () => OnChecked(problem, version)); // one that waits its turn begins no more
            return;
        }

        _log.Upgrade(version, _next!.Image.Path); // checked, so it is there
        _manager.Reloading();
        _heldSignals = HeldSignals.Hold();
        _loop.Schedule(s_signalsOnTheirWay, () =>
        {
            _heldMs = _loop.NowMs;
            _listeners.Hold(true);
            Settle();
        });
    }

    /// <summary>Waits until nothing is on its way between two threads.</summary>
    private void Settle()
    {
        if (_shutdown.Phase != ShutdownPhase.None)
        {
            EndUpgrade("superd ends");
        }
        else if (_launcher.Count + _released.Count == 0 && !_loop.HasPosted)
        {
            Replace();
        }
        else if (_loop.NowMs - _heldMs < s_longestSettling.TotalMilliseconds)
        {
            _loop.Schedule(s_settleInterval, Settle);
        }
        else
        {
            EndUpgrade($"{_launcher.Count} launches do not come to their end; is a file server slow?");
        }
    }

    /// <summary>The point of no return is execve(2) itself: this returns only when that has failed.</summary>
    private void Replace()
    {
        _refusals.Flush();
        var kept = new KeptDescriptors();
        byte[] json = HandoverJson.Write(HandOver(kept));
        SysResult result = MemoryFile.Create(LastVersion.FileName, json, out Fd? file);
        if (file is null)
        {
            EndUpgrade($"memfd_create: {Errno.Describe(result.Errno)}");
            return;
        }

        _upgrade!.FlushLog(); // checked by BeginUpgrade
        string? changed = _next!.FindChange(); // set by BeginUpgrade
        if (changed is null)
        {
            result = _next.Replace([.. kept.Numbers, .. kept.Passed, file.Value], LastVersion.Variable, file.Value.ToString(CultureInfo.InvariantCulture));
        }

        file.Dispose();
        EndUpgrade(changed is null
            ? $"execve {_next.Image.Path}: {Errno.Describe(result.Errno)}"
            : $"{changed} has changed since it was asked whether it can take over; upgrade again");
    }

    /// <summary>superd stays what it is.</summary>
    private void EndUpgrade(string problem)
    {
        if (_heldMs != 0)
        {
            _heldMs = 0;
            _listeners.Hold(false);
            TellManagerReady();
        }

        _heldSignals?.Release();
        _heldSignals = null;

        _next?.Dispose();
        _next = null;
        _log.UpgradeFailed(problem);
        _answerUpgrade?.Invoke(ControlReply.Fail(ControlCommands.UpgradeFailed, $"not upgraded: {problem}"));
        _answerUpgrade = null;
        BeginNextReload();
    }

    private Handover HandOver(KeptDescriptors kept)
    {
        Handover handover = new()
        {
            Format = Handover.CurrentFormat,
            Version = s_version,
            BegunMs = _heldMs,
            StartedMs = _startedMs,
            LastConnectionId = _lastConnectionId,
            SoftOpenFiles = _inherited.SoftOpenFiles,
            Trees = _trees.HandOver(kept),
            Services = [.. _services.Values.Select(service => new ServiceHandover { Name = service.Name, Mode = service.Mode, Counters = service.Counters.HandOver() })],
            Handlers =
            [
                .. _reaper.HandOver(kept).Select(child => HandOver(child.Handler, child.Stderr, kept)),
                .. _ender.Leaving.Select(handler => HandOver(handler, null, kept)),
            ],
            Headers = _headers.HandOver(kept),
            Latecomers = [.. _latecomers.All.Select(connection => ConnectionHandover.Of(connection, kept.Keep(connection.Socket)))],
            Relays = _relays.HandOver(kept),
            Dialogues = _conversations.HandOver(kept),
            Closes = _closes.HandOver(kept),
            SocketEvents = _released.HandOver(kept),
            Admission = _access.HandOver(),
            Console = _control.HandOver(kept),
            Listeners = _listeners.HandOver(kept), // last: what was passed is not among the others
            Descriptors = [],
        };
        return handover with { Descriptors = kept.Numbers };
    }

    private HandlerHandover HandOver(Handler handler, StderrHandover? stderr, KeptDescriptors kept) => new()
    {
        Connection = ConnectionHandover.Of(handler.Connection, handler.KeepsSocket ? kept.Keep(handler.Connection.Socket) : null),
        Pid = handler.Pid,
        Pidfd = handler.IsReaped ? null : kept.Keep(handler.Pidfd),
        StartedMs = handler.StartedMs,
        Terms = TermsHandover.Of(handler.Definition),
        EndReason = handler.EndReason,
        LentBy = _lent.TryGetValue(handler.Connection, out Listener? listener) ? listener.Number : null,
        Stderr = stderr,
        KillMs = _ender.KillMsOf(handler),
        IsKilled = _ender.IsKilled(handler),
        End = handler.End is { } end ? new EndHandover(end.Status.Code, end.Status.Signal, end.Usage.CpuTime, end.Usage.PeakMemoryKiB, end.DurationMs) : null,
        Orphans = handler.Orphans,
        Released = handler.Released is { } identity ? ReleasedHandover.Of(identity) : null,
        Traffic = handler.Traffic,
    };
}
