using System.Globalization;
using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Reloading;
using SuperD.ServiceManager;
using SuperD.Services;

namespace SuperD.Upgrading;

/// <summary>The phases of an upgrade.</summary>
internal enum UpgradePhase
{
    /// <summary>No upgrade is under way.</summary>
    None,

    /// <summary>superd asks the new executable whether it can take over, and serves on.</summary>
    Asking,

    /// <summary>A reload that had begun must end first.</summary>
    AwaitingReload,

    /// <summary>The log is being written, beside the loop, because a log target may be slow.</summary>
    WritingLog,

    /// <summary>Signals are blocked; those that have already arrived reach the loop.</summary>
    HoldingSignals,

    /// <summary>superd accepts nobody, and waits for the launches under way.</summary>
    Settling,
}

/// <summary>Turns superd into its next version, in the same process, so that nobody notices. Loop only.</summary>
/// <remarks>
/// 1. superd asks the new executable (<see cref="NextVersion"/>) whether it can take over (<see cref="UpgradeCheck"/>), and serves on
/// meanwhile.
/// 2. It blocks signals and stops accepting: clients wait in the kernel. It waits for the launches under way, which takes milliseconds.
/// 3. Each stage hands over its work (<see cref="Handover"/>) in a memfd; the descriptors that are named there stay open across execve(2).
/// 4. The new version inherits the work (<see cref="Successor"/>) and accepts again.
/// Until execve has succeeded, anything may fail, and superd serves on as before.
/// </remarks>
internal sealed class Upgrader(
    EventLoop loop,
    Stages stages,
    Places places,
    Launcher launcher,
    Listeners listeners,
    ServiceTable services,
    Reloader reloader,
    RefusalLog refusals,
    Readiness readiness,
    Shutdown shutdown,
    InheritedState inherited,
    UpgradeOptions? options,
    ILogger log)
{
    // Long enough for .NET's own threads to pass on to the loop a signal that came before signals were blocked.
    private static readonly TimeSpan s_signalsOnTheirWay = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan s_settleInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longestSettling = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestFlush = TimeSpan.FromSeconds(2);

    // Blocks the loop, for the few lines since the first flush; a target that works takes them at once.
    private static readonly TimeSpan s_longestLastFlush = TimeSpan.FromMilliseconds(100);

    /// <summary>The phase of the upgrade under way.</summary>
    public UpgradePhase Phase { get; private set; }

    /// <summary>Whether superd was started as a daemon, not for a trial.</summary>
    public bool IsOfDaemon => options is not null;

    /// <summary>Begins an upgrade.</summary>
    /// <param name="answer">Receives why it has failed; null for a signal, when only the log tells it.</param>
    public void Begin(Action<ControlReply>? answer)
    {
        loop.AssertOnLoop();
        string? obstacle = options is null ? "this superd was not started as a daemon"
            : shutdown.Phase != ShutdownPhase.None ? "superd ends"
            : Phase != UpgradePhase.None ? "an upgrade is under way already"
            : null;
        NextVersion? next = obstacle is null && options is not null ? NextVersion.Find(options.OwnArguments, out obstacle) : null;
        if (next is null || options is null)
        {
            Tell(obstacle ?? string.Empty, answer);
            return;
        }

        var attempt = new Attempt(next, options, answer);
        Phase = UpgradePhase.Asking;
        reloader.Hold();
        UpgradeCheck.Start(
            loop, launcher, inherited, next, services.Definition.SourceFile, (problem, version) => OnChecked(attempt, problem, version));
    }

    private void OnChecked(Attempt attempt, string? problem, string version)
    {
        if (problem is not null)
        {
            Fail(attempt, problem);
            return;
        }

        Phase = UpgradePhase.AwaitingReload;
        AwaitReload(attempt, version);
    }

    private void AwaitReload(Attempt attempt, string version)
    {
        if (reloader.IsUnderWay)
        {
            loop.Schedule(s_settleInterval, () => AwaitReload(attempt, version)); // a reload that waits for its turn does not begin
            return;
        }

        log.Upgrade(version, attempt.Next.Image.Path);
        readiness.BeginReloading();
        Phase = UpgradePhase.WritingLog;
        BesideLoop.Run("write the log", () =>
        {
            _ = attempt.Options.FlushLog(s_longestFlush);
            loop.Post(() => HoldSignals(attempt));
        });
    }

    private void HoldSignals(Attempt attempt)
    {
        Phase = UpgradePhase.HoldingSignals;
        attempt.HeldSignals = HeldSignals.Hold();
        loop.Schedule(s_signalsOnTheirWay, () =>
        {
            Phase = UpgradePhase.Settling;
            listeners.Hold(true);
            Settle(attempt, heldMs: loop.NowMs);
        });
    }

    private void Settle(Attempt attempt, long heldMs)
    {
        if (shutdown.Phase != ShutdownPhase.None)
        {
            Fail(attempt, "superd ends");
        }
        else if (stages.IsSettled && !loop.HasPosted && IsLogWritten(attempt, heldMs))
        {
            Replace(attempt, heldMs);
        }
        else if (loop.NowMs - heldMs < s_longestSettling.TotalMilliseconds)
        {
            loop.Schedule(s_settleInterval, () => Settle(attempt, heldMs));
        }
        else
        {
            Fail(attempt, $"{launcher.Count} launches do not come to their end; is a file server slow?");
        }
    }

    /// <summary>
    /// Whether nothing is left to write: execve(2) ends the thread that writes the log. Its target may be slow, or the machine busy, but a
    /// target that is stuck does not prevent an upgrade.
    /// </summary>
    private bool IsLogWritten(Attempt attempt, long heldMs)
    {
        refusals.Flush();
        return attempt.Options.FlushLog(TimeSpan.Zero) || loop.NowMs - heldMs >= s_longestFlush.TotalMilliseconds;
    }

    /// <summary>execve(2) is the point of no return: this method returns only when that has failed.</summary>
    private void Replace(Attempt attempt, long heldMs)
    {
        var kept = new KeptDescriptors();
        byte[] json = HandoverJson.Write(HandOver(heldMs, kept));
        SysResult result = MemoryFile.Create(LastVersion.FileName, json, out Fd? file);
        if (file is null)
        {
            Fail(attempt, $"memfd_create: {Errno.Describe(result.Errno)}");
            return;
        }

        _ = attempt.Options.FlushLog(s_longestLastFlush); // what the handover itself had to say
        string? changed = attempt.Next.FindChange();
        if (changed is null)
        {
            int[] numbers = [.. kept.Numbers, .. kept.Passed, file.Value];
            result = attempt.Next.Replace(numbers, LastVersion.Variable, file.Value.ToString(CultureInfo.InvariantCulture));
        }

        file.Dispose();
        Fail(attempt, changed is null
            ? $"execve {attempt.Next.Image.Path}: {Errno.Describe(result.Errno)}"
            : $"{changed} has changed since it was asked whether it can take over; upgrade again");
    }

    private Handover HandOver(long begunMs, KeptDescriptors kept) => new()
    {
        Format = Handover.CurrentFormat,
        Version = SuperdVersion.Text,
        BegunMs = begunMs,
        StartedMs = readiness.StartedMs,
        LastConnectionId = places.LastId,
        SoftOpenFiles = inherited.SoftOpenFiles,
        Parts = stages.HandOver(kept),
        Descriptors = kept.Numbers, // after all stages have kept theirs
    };

    /// <summary>The upgrade has failed: superd serves on.</summary>
    private void Fail(Attempt attempt, string problem)
    {
        if (Phase == UpgradePhase.Settling)
        {
            listeners.Hold(false);
            readiness.TellManager();
        }

        attempt.HeldSignals?.Release();
        attempt.Next.Dispose();
        Phase = UpgradePhase.None;
        Tell(problem, attempt.Answer);
        reloader.Resume();
    }

    private void Tell(string problem, Action<ControlReply>? answer)
    {
        // The next version may have said several things about the configuration.
        foreach (string line in problem.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            log.UpgradeFailed(line);
        }

        answer?.Invoke(ControlReply.Fail(ControlCommands.UpgradeFailed, $"not upgraded: {problem}"));
    }

    /// <summary>One upgrade under way.</summary>
    private sealed class Attempt(NextVersion next, UpgradeOptions options, Action<ControlReply>? answer)
    {
        public NextVersion Next => next;

        public UpgradeOptions Options => options;

        public Action<ControlReply>? Answer => answer;

        public HeldSignals? HeldSignals { get; set; }
    }
}
