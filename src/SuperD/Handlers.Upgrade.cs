using SuperD.Ending;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Reaping;
using SuperD.Services;

namespace SuperD;

/// <summary>The running handlers, handed over to superd's next version and inherited from its last.</summary>
internal sealed partial class Handlers
{
    public override bool IsSettled => _launcher.IsSettled;

    public override StageHandover HandOver(KeptDescriptors kept) => new HandlersHandover(
        _trees.HandOver(kept),
        [
            .. _reaper.HandOver(kept).Select(child => HandOver(child.Handler, child.Stderr, kept)),
            .. _ender.Leaving.Select(handler => HandOver(handler, null, kept)),
        ],
        [.. _launcher.Sandboxes.Jails.Select(jail => JailHandover.Of(jail, kept))],
        _launcher.DynamicUsers.ClaimsFile is { } claims ? kept.Keep(claims) : null);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not HandlersHandover handed)
        {
            return false;
        }

        if (inheritance.Take(handed.Claims) is { } claims)
        {
            _launcher.DynamicUsers.InheritClaims(claims);
        }

        foreach (HandlerHandover handler in handed.Handlers)
        {
            Inherit(handler, inheritance);
        }

        _launcher.Sandboxes.Inherit((handed.Jails ?? []).Select(jail => jail.ToTemplate(inheritance)));
        _released.CatchUp(); // before the kernel's further events find no room
        return true;
    }

    private HandlerHandover HandOver(Handler handler, StderrHandover? stderr, KeptDescriptors kept) => new()
    {
        Connection = ConnectionHandover.Of(handler.Connection, handler.KeepsSocket ? kept.Keep(handler.Connection.Socket) : null),
        Pid = handler.Pid,
        Pidfd = handler.IsReaped ? null : kept.Keep(handler.Pidfd),
        StartedMs = handler.StartedMs,
        Terms = TermsHandover.Of(handler.Definition),
        UserId = handler.UserId,
        DynamicUser = handler.Connection.DynamicUser,
        EndReason = handler.EndReason,
        Stderr = stderr,
        KillMs = _ender.KillMsOf(handler),
        IsKilled = _ender.IsKilled(handler),
        End = handler.End is { } end
            ? new EndHandover(end.Status.Code, end.Status.Signal, end.Usage.CpuTime, end.Usage.PeakMemoryKiB, end.DurationMs)
            : null,
        Orphans = handler.Orphans,
        StderrDropped = handler.StderrDropped,
        EventsBefore = handler.Connection.Cgroup?.EventsBefore ?? default,
        Released = handler.Released is { } identity ? ReleasedHandover.Of(identity) : null,
        Traffic = handler.Traffic,
    };

    private void Inherit(HandlerHandover handed, Inheritance inheritance)
    {
        Fd? pidfd = inheritance.Take(handed.Pidfd);
        if (pidfd is null && handed.End is null)
        {
            return; // cannot happen: superd itself wrote the handover
        }

        Fd? socket = inheritance.Take(handed.Connection.Socket);
        Connection connection = inheritance.RestoreAdmitted(handed.Connection, socket);
        if (handed.DynamicUser is { } user)
        {
            connection.DynamicUser = user;
            _launcher.DynamicUsers.Inherit(user);
        }

        var handler = new Handler(connection, handed.Pid, pidfd ?? Inheritance.Closed, handed.StartedMs)
        {
            Definition = handed.Terms.Over(connection.Service.Definition),
            UserId = handed.UserId,
            KeepsSocket = socket is not null,
            EndReason = handed.EndReason,
            Orphans = handed.Orphans,
            StderrDropped = handed.StderrDropped,
            Released = handed.Released?.ToIdentity(),
            Traffic = handed.Traffic,
            End = handed.End is { } end
                ? new HandlerEnd(new ExitStatus(end.Code, end.Signal), new ResourceUsage(end.CpuTime, end.PeakMemoryKiB), end.DurationMs)
                : null,
        };
        connection.Server = new RunningHandler(handler, _released, _ender);
        Fd? stderr = handler.IsReaped ? null : inheritance.Take(handed.Stderr?.Pipe);
        _shared.Add(handler, connection.Socket, stderr);
        if (handler is { Released: not null, Traffic: null })
        {
            _released.Add(handler);
        }

        _trees.Inherit(handler, handed.Connection.Cgroup, handed.EventsBefore);
        if (!handler.IsReaped)
        {
            _reaper.Inherit(handler, stderr, handed.Stderr);
            _watch.Add(handler);
        }

        _ender.Inherit(handler, handed.KillMs, handed.IsKilled);
    }
}

/// <summary>See <see cref="Handlers"/>.</summary>
/// <param name="Jails">Null from a superd without them.</param>
/// <param name="Claims">See <see cref="Launching.DynamicUsers.ClaimsFile"/>.</param>
internal sealed record HandlersHandover(
    TreesHandover Trees, IReadOnlyList<HandlerHandover> Handlers, IReadOnlyList<JailHandover>? Jails = null, int? Claims = null)
    : StageHandover;
