using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Logging;

/// <summary>Every log line of the daemon: a verb, the service, and then stable key=value pairs.</summary>
/// <remarks>
/// Debug: the loop's actions. Information: the life of a connection. Warning: refused or retried. Error: somebody was not served. Critical:
/// superd exits.
/// </remarks>
internal static partial class LogMessages
{
    private static readonly EventId s_accept = new(EventIds.Accept, nameof(Accept));
    private static readonly EventId s_end = new(EventIds.End, nameof(End));
    private static readonly Func<ConnectionLine, Exception?, string> s_text = (line, _) => line.ToString();

    [LoggerMessage(EventIds.Start, LogLevel.Information, "start superd version={Version} pid={Pid} config={Config}")]
    public static partial void Start(this ILogger log, string version, int pid, string config);

    [LoggerMessage(EventIds.Ready, LogLevel.Information, "ready services={Services} listeners={Listeners} {Addresses}")]
    public static partial void Ready(this ILogger log, int services, int listeners, string addresses);

    [LoggerMessage(EventId = EventIds.Ready, EventName = nameof(Ready), Level = LogLevel.Information,
        Message = "ready services={Services}/{Of} listeners={Listeners} {Addresses}")]
    public static partial void ReadyInPart(this ILogger log, int services, int of, int listeners, string addresses);

    [LoggerMessage(EventIds.NothingServed, LogLevel.Error,
        "serve nobody broken_files={BrokenFiles} disabled={Disabled}: no service is left; "
        + "correct a file or enable a service, then run 'superd reload'")]
    public static partial void NothingServed(this ILogger log, int brokenFiles, int disabled);

    [LoggerMessage(EventIds.NotStarted, LogLevel.Error, "not started: {Reason}")]
    public static partial void NotStarted(this ILogger log, string reason);

    [LoggerMessage(EventIds.NotAllBound, LogLevel.Warning, "wait for {Missing} of {Listeners} listeners; all others serve")]
    public static partial void NotAllBound(this ILogger log, int missing, int listeners);

    [LoggerMessage(EventId = EventIds.ConfigurationProblem, Message = "{Problem}")]
    public static partial void ConfigurationProblem(this ILogger log, LogLevel level, string problem);

    [LoggerMessage(EventIds.ReloadBegins, LogLevel.Debug, "read {Config} again, asked by={By}")]
    public static partial void ReloadBegins(this ILogger log, string config, string by);

    [LoggerMessage(EventIds.ServiceAdded, LogLevel.Information, "add {Service} file={File}")]
    public static partial void ServiceAdded(this ILogger log, string service, string file);

    [LoggerMessage(EventIds.ServiceChanged, LogLevel.Information, "change {Service} file={File} handlers={Handlers}")]
    public static partial void ServiceChanged(this ILogger log, string service, string file, Occupancy handlers);

    [LoggerMessage(EventIds.ServiceRemoved, LogLevel.Information, "remove {Service} file={File} handlers={Handlers}")]
    public static partial void ServiceRemoved(this ILogger log, string service, string file, Occupancy handlers);

    [LoggerMessage(EventIds.KeyNeedsRestart, LogLevel.Warning,
        "keep {Key} as it was: a change of it needs a restart; all else is reloaded")]
    public static partial void KeyNeedsRestart(this ILogger log, string key);

    [LoggerMessage(EventIds.Reload, LogLevel.Information,
        "reload added={Added} changed={Changed} removed={Removed} kept={Kept} read_ms={ReadMs} apply_ms={ApplyMs} by={By}")]
    public static partial void Reload(
        this ILogger log, int added, int changed, int removed, int kept, long readMs, long applyMs, string by);

    [LoggerMessage(EventIds.ReloadFailed, LogLevel.Error, "reload failed errors={Errors} by={By}: {Reason}; everything is as it was")]
    public static partial void ReloadFailed(this ILogger log, int errors, string by, string reason);

    [LoggerMessage(EventIds.Crash, LogLevel.Critical,
        "stop superd exit={ExitCode} thread=\"{Thread}\" error=\"{Error}\" at=\"{Stack}\": a mistake in superd; please report this line")]
    public static partial void Crash(this ILogger log, int exitCode, string thread, string error, string stack);

    [LoggerMessage(EventIds.SlowTurn, LogLevel.Warning, "slow turn source={Source} duration_ms={DurationMs} state={State}")]
    public static partial void SlowTurn(this ILogger log, string source, long durationMs, string state);

    [LoggerMessage(EventIds.SlowTurnsUnwatched, LogLevel.Warning,
        "slow turns go unnoticed: no thread can be started to watch for them, at a limit of processes or of open files")]
    public static partial void SlowTurnsUnwatched(this ILogger log);

    [LoggerMessage(EventIds.Listen, LogLevel.Debug, "listen {Service} address={Address}")]
    public static partial void Listen(this ILogger log, string service, LocalAddress address);

    [LoggerMessage(EventIds.Recovered, LogLevel.Information,
        "recover listeners={Listeners} clients={Clients}: what the service manager has kept of a superd that ended without a word")]
    public static partial void Recovered(this ILogger log, int listeners, int clients);

    [LoggerMessage(EventIds.StoreTooSmall, LogLevel.Warning,
        "the service manager keeps {Size} descriptors and superd has {Needed} for it: a kill loses clients; with FileDescriptorStoreMax= "
        + "and Environment=FDSTORE= in the unit it keeps more")]
    public static partial void StoreTooSmall(this ILogger log, int size, int needed);

    [LoggerMessage(EventIds.BindFailed, LogLevel.Warning, "bind {Address} for '{Service}': {Error}; retrying in {RetrySeconds} s")]
    public static partial void BindFailed(this ILogger log, string service, string address, string error, double retrySeconds);

    [LoggerMessage(EventIds.AcceptPaused, LogLevel.Warning,
        "pause {Service} address={Address}: {Error}; clients wait in the backlog until there is room")]
    public static partial void AcceptPaused(this ILogger log, string service, LocalAddress address, string error);

    [LoggerMessage(EventIds.SocketFileKept, LogLevel.Warning,
        "keep the file {File} of {Service} as it was: {Error}; set it by hand, or restart superd")]
    public static partial void SocketFileKept(this ILogger log, string service, string file, string error);

    /// <summary>accept {Service} conn={Conn} peer={Peer} pid={Pid} handlers={Handlers}</summary>
    public static void Accept(this ILogger log, string service, long conn, Peer peer, int pid, Occupancy handlers) =>
        Write(log, LogLevel.Information, s_accept, new AcceptLine(service, conn, peer, pid, handlers));

    [LoggerMessage(EventIds.StartWait, LogLevel.Information, "launch {Service} conn={Conn} address={Address} pid={Pid}")]
    public static partial void StartWait(this ILogger log, string service, long conn, LocalAddress address, int pid);

    [LoggerMessage(EventIds.StartDatagramWait, LogLevel.Information,
        "launch {Service} conn={Conn} address={Address} peer={Peer} pid={Pid}")]
    public static partial void StartDatagramWait(this ILogger log, string service, long conn, LocalAddress address, Peer peer, int pid);

    [LoggerMessage(EventIds.Refuse, LogLevel.Warning, "refuse {Service} conn={Conn} peer={Peer} reason={Reason} count={Count}")]
    public static partial void Refuse(this ILogger log, string service, long conn, Peer peer, string reason, Occupancy count);

    [LoggerMessage(EventIds.RefuseRepeated, LogLevel.Warning, "refuse {Service} reason={Reason} repeated={Repeated} last_peer={LastPeer}")]
    public static partial void RefuseRepeated(this ILogger log, string service, string reason, long repeated, Peer lastPeer);

    [LoggerMessage(EventIds.Penalise, LogLevel.Warning, "penalise {Service} conn={Conn} source={Source} for_s={Seconds}")]
    public static partial void Penalise(this ILogger log, string service, long conn, string source, double seconds);

    [LoggerMessage(EventIds.AddressesRead, LogLevel.Information, "read {File} addresses={Addresses}")]
    public static partial void AddressesRead(this ILogger log, string file, int addresses);

    [LoggerMessage(EventIds.AddressesKept, LogLevel.Error,
        "keep the last good addresses of {File}: {Problems}; repair it, and it is read again")]
    public static partial void AddressesKept(this ILogger log, string file, string problems);

    [LoggerMessage(EventIds.Proxied, LogLevel.Debug, "proxied {Service} conn={Conn} peer={Peer} by={Proxy}")]
    public static partial void Proxied(this ILogger log, string service, long conn, Peer peer, Peer proxy);

    [LoggerMessage(EventIds.ProxyHeaderFailed, LogLevel.Warning,
        "refuse {Service} conn={Conn} peer={Peer} reason={Reason} error=\"no PROXY header: {Error}\"")]
    public static partial void ProxyHeaderFailed(this ILogger log, string service, long conn, Peer peer, string reason, string error);

    [LoggerMessage(EventIds.LaunchFailed, LogLevel.Error,
        "refuse {Service} conn={Conn} peer={Peer} reason={Reason} step={Step} error=\"{Error}\"")]
    public static partial void LaunchFailed(
        this ILogger log, string service, long conn, Peer peer, string reason, string step, string error);

    [LoggerMessage(EventIds.AcceptRelay, LogLevel.Information,
        "accept {Service} conn={Conn} peer={Peer} backend={Backend} handlers={Handlers}")]
    public static partial void AcceptRelay(this ILogger log, string service, long conn, Peer peer, string backend, Occupancy handlers);

    [LoggerMessage(EventIds.BackendFailed, LogLevel.Error, "refuse {Service} conn={Conn} peer={Peer} reason={Reason} tried=\"{Tried}\"")]
    public static partial void BackendFailed(this ILogger log, string service, long conn, Peer peer, string reason, string tried);

    [LoggerMessage(EventIds.EndRelay, LogLevel.Information,
        "end {Service} conn={Conn} duration_ms={DurationMs} bytes_in={BytesIn} bytes_out={BytesOut} handlers={Handlers}{Details}")]
    public static partial void EndRelay(
        this ILogger log, string service, long conn, long durationMs, long bytesIn, long bytesOut, Occupancy handlers, EndDetails details);

    [LoggerMessage(EventIds.TalkFailed, LogLevel.Debug, "talk {Service} conn={Conn} reason={Reason}")]
    public static partial void TalkFailed(this ILogger log, string service, long conn, string reason);

    [LoggerMessage(EventIds.BannerFileUnreadable, LogLevel.Warning,
        "keep the last text of {File}: {Error}; repair the file, its next reader gets the new text")]
    public static partial void BannerFileUnreadable(this ILogger log, string file, string error);

    [LoggerMessage(EventId = EventIds.AcceptBuiltin, EventName = nameof(Accept),
        Message = "accept {Service} conn={Conn} peer={Peer} builtin={Builtin} handlers={Handlers}")]
    public static partial void AcceptBuiltin(
        this ILogger log, string service, long conn, Peer peer, string builtin, Occupancy handlers, LogLevel level);

    [LoggerMessage(EventId = EventIds.EndBuiltin, EventName = nameof(End),
        Message =
            "end {Service} conn={Conn} duration_ms={DurationMs} bytes_in={BytesIn} bytes_out={BytesOut} handlers={Handlers}{Details}")]
    public static partial void EndBuiltin(
        this ILogger log,
        string service,
        long conn,
        long durationMs,
        long bytesIn,
        long bytesOut,
        Occupancy handlers,
        EndDetails details,
        LogLevel level);

    [LoggerMessage(EventIds.HealthCheck, LogLevel.Debug, "check {Service} conn={Conn} peer={Peer}")]
    public static partial void HealthCheck(this ILogger log, string service, long conn, Peer peer);

    [LoggerMessage(EventIds.AnswerDatagram, LogLevel.Debug,
        "answer {Service} conn={Conn} peer={Peer} bytes_in={BytesIn} bytes_out={BytesOut}")]
    public static partial void AnswerDatagram(this ILogger log, string service, long conn, Peer peer, int bytesIn, int bytesOut);

    [LoggerMessage(EventIds.AskedFor, LogLevel.Debug, "ask {Service} conn={Conn} for=\"{Name}\"")]
    public static partial void AskedFor(this ILogger log, string service, long conn, string name);

    /// <summary>
    /// end {Service} conn={Conn} pid={Pid} {Outcome} duration_ms={DurationMs} cpu_ms={CpuMs} mem_kib={MemKib} handlers={Handlers}{Details}
    /// </summary>
    public static void End(
        this ILogger log,
        string service,
        long conn,
        int pid,
        Outcome outcome,
        long durationMs,
        long cpuMs,
        PeakMemory memKib,
        Occupancy handlers,
        EndDetails details,
        LogLevel level) =>
        Write(log, level, s_end, new EndLine(service, conn, pid, outcome, durationMs, cpuMs, memKib, handlers, details));

    [LoggerMessage(EventIds.HandlerStuck, LogLevel.Error,
        "wait {Service} conn={Conn} pid={Pid}: a process of it survives KILL, stuck in the kernel; its place stays taken until that ends")]
    public static partial void HandlerStuck(this ILogger log, string service, long conn, int pid);

    [LoggerMessage(EventIds.HandlerHeld, LogLevel.Warning,
        "wait {Service} conn={Conn} pid={Pid}: it has exited, but tracer={Tracer} keeps it from being reaped; "
        + "its place stays taken until the tracer detaches or exits")]
    public static partial void HandlerHeld(this ILogger log, string service, long conn, int pid, int tracer);

    [LoggerMessage(EventIds.KillHolder, LogLevel.Warning,
        "kill {Service} conn={Conn} pid={Pid} processes={Processes} reason={Reason}: one of them holds a socket or pipe superd waits for")]
    public static partial void KillHolder(this ILogger log, string service, long conn, int pid, int processes, string reason);

    [LoggerMessage(EventIds.KillStranger, LogLevel.Warning,
        "kill pid={Pid} file={File} reason={Reason}: the process is in a call on this file, which superd waits for")]
    public static partial void KillStranger(this ILogger log, int pid, string file, string reason);

    [LoggerMessage(EventIds.LeftoversFound, LogLevel.Warning,
        "find processes={Processes} of a killed superd: they may run for {Seconds} s more, then superd ends them")]
    public static partial void LeftoversFound(this ILogger log, int processes, double seconds);

    [LoggerMessage(EventIds.OrphanMeans, LogLevel.Information, "orphans are found by {Means}{Obstacle}")]
    public static partial void OrphanMeans(this ILogger log, string means, string obstacle);

    [LoggerMessage(EventIds.LimitsFailed, LogLevel.Error, "limit {Service} failed: {Problem}")]
    public static partial void LimitsFailed(this ILogger log, string service, string problem);

    [LoggerMessage(EventIds.Stderr, LogLevel.Information, "stderr {Service} conn={Conn}: {Text}")]
    public static partial void Stderr(this ILogger log, string service, long conn, string text);

    [LoggerMessage(EventIds.StderrRepeated, LogLevel.Information, "stderr {Service} conn={Conn} repeated={Repeated}: {Text}")]
    public static partial void StderrRepeated(this ILogger log, string service, long conn, long repeated, string text);

    [LoggerMessage(EventIds.StderrLimited, LogLevel.Warning,
        "limit {Service} conn={Conn}: it writes too much to stderr; further lines are dropped, and its end line counts them")]
    public static partial void StderrLimited(this ILogger log, string service, long conn);

    [LoggerMessage(EventIds.ReapFailed, LogLevel.Error, "reap {Service} conn={Conn} pid={Pid}: {Error}; its exit status is lost")]
    public static partial void ReapFailed(this ILogger log, string service, long conn, int pid, string error);

    [LoggerMessage(EventIds.OrphanReaped, LogLevel.Debug, "reap orphan pid={Pid} {Outcome}")]
    public static partial void OrphanReaped(this ILogger log, int pid, Outcome outcome);

    [LoggerMessage(EventIds.WaitBackOff, LogLevel.Warning,
        "hold {Service} for {DelayMs} ms, and longer each time: its handler ended without accepting a client; "
        + "after {Attempts} handlers the client is dropped; fix the handler, or set wait = false")]
    public static partial void WaitBackOff(this ILogger log, string service, long delayMs, int attempts);

    [LoggerMessage(EventIds.WaitRecovered, LogLevel.Information,
        "serve {Service} again: its handler has served a client; failed_ms={FailedMs} dropped={Dropped}")]
    public static partial void WaitRecovered(this ILogger log, string service, long failedMs, int dropped);

    [LoggerMessage(EventIds.ClientDropped, LogLevel.Warning,
        "drop {Service} conn={Conn} peer={Peer} reason={Reason}: {Attempts} handlers have ended without accepting it")]
    public static partial void ClientDropped(this ILogger log, string service, long conn, Peer peer, string reason, int attempts);

    [LoggerMessage(EventIds.Adopt, LogLevel.Information, "adopt {Service} address={Address} fd={Fd} name={Name}")]
    public static partial void Adopt(this ILogger log, string service, InetEndPoint address, int fd, string name);

    [LoggerMessage(EventIds.PassedUnused, LogLevel.Warning, "close passed fd={Fd} name={Name} address={Address}: {Why}")]
    public static partial void PassedUnused(this ILogger log, int fd, string name, InetEndPoint address, string why);

    [LoggerMessage(EventIds.NotifyFailed, LogLevel.Warning,
        "notify {Socket}: {Error}; the service manager does not learn superd's state")]
    public static partial void NotifyFailed(this ILogger log, string socket, string error);

    [LoggerMessage(EventIds.NotifyUnknown, LogLevel.Warning,
        "ignore NOTIFY_SOCKET={Socket}: it is neither a path nor an abstract name (@NAME) of at most 107 bytes; "
        + "the service manager does not learn superd's state")]
    public static partial void NotifyUnknown(this ILogger log, string socket);

    [LoggerMessage(EventIds.LogDropped, LogLevel.Warning, "drop log_lines={Lines}: the log target was too slow for them")]
    public static partial void LogDropped(this ILogger log, long lines);

    [LoggerMessage(EventIds.LogReopened, LogLevel.Information, "open log target={Target} again")]
    public static partial void LogReopened(this ILogger log, string target);

    [LoggerMessage(EventIds.ConsoleOpen, LogLevel.Debug, "console socket={Socket}")]
    public static partial void ConsoleOpen(this ILogger log, string socket);

    [LoggerMessage(EventIds.ConsoleFailed, LogLevel.Warning,
        "bind {Socket} for the console: {Error}; all services run, but commands such as 'superd status' fail, and so do probes that run "
        + "them; retrying")]
    public static partial void ConsoleFailed(this ILogger log, string socket, string error);

    [LoggerMessage(EventIds.ConsoleDenied, LogLevel.Warning,
        "deny console uid={Uid} pid={Pid}: neither root nor superd's user nor in control.group")]
    public static partial void ConsoleDenied(this ILogger log, uint uid, int pid);

    [LoggerMessage(EventIds.ConsoleConfined, LogLevel.Warning,
        "deny console uid={Uid} pid={Pid}: a program of a service in a sandbox has connected, or one that has ended since, or there was no "
        + "descriptor to look at it")]
    public static partial void ConsoleConfined(this ILogger log, uint uid, int pid);

    [LoggerMessage(EventIds.ConsoleRelayed, LogLevel.Warning,
        "deny console: superd itself has connected to {Socket}, through a redirect; delete that redirect")]
    public static partial void ConsoleRelayed(this ILogger log, string socket);

    [LoggerMessage(EventIds.ServiceMode, LogLevel.Information, "steer {Service} mode={Mode} handlers={Handlers} by=uid:{Uid}")]
    public static partial void ServiceSteered(this ILogger log, string service, string mode, Occupancy handlers, uint uid);

    [LoggerMessage(EventIds.DrainAll, LogLevel.Information, "drain superd for_s={Seconds} handlers={Handlers} by=uid:{Uid}")]
    public static partial void DrainAll(this ILogger log, double seconds, int handlers, uint uid);

    [LoggerMessage(EventIds.Drained, LogLevel.Information, "drained superd handlers={Handlers}; 'superd resume' ends it")]
    public static partial void Drained(this ILogger log, int handlers);

    [LoggerMessage(EventIds.ResumeAll, LogLevel.Information, "resume superd by=uid:{Uid}")]
    public static partial void ResumeAll(this ILogger log, uint uid);

    [LoggerMessage(EventIds.EndAsked, LogLevel.Information, "steer connections={Connections} mode=end which=\"{Which}\" by=uid:{Uid}")]
    public static partial void EndAsked(this ILogger log, int connections, string which, uint uid);

    [LoggerMessage(EventIds.DatagramHeld, LogLevel.Warning,
        "hold {Service} for {DelayMs} ms: its handler ended without reading the datagram of peer={Peer}; "
        + "after {Attempts} handlers it is dropped")]
    public static partial void DatagramHeld(this ILogger log, string service, long delayMs, Peer peer, int attempts);

    [LoggerMessage(EventIds.DatagramDropped, LogLevel.Warning, "drop {Service} conn={Conn} peer={Peer} bytes={Bytes} reason={Reason}")]
    public static partial void DatagramDropped(this ILogger log, string service, long conn, Peer peer, int bytes, string reason);

    [LoggerMessage(EventIds.UserKept, LogLevel.Warning,
        "keep user={User}: no connection gets it while something is there that it has left and superd does not remove, such as {Places}")]
    public static partial void UserKept(this ILogger log, uint user, string places);

    [LoggerMessage(EventIds.UsersUnknown, LogLevel.Warning,
        "keep all users: what those of user = \"dynamic\" have left cannot be looked for: {Error}; the next look is soon")]
    public static partial void UsersUnknown(this ILogger log, string error);

    [LoggerMessage(EventIds.ShutdownLameDuck, LogLevel.Information, "shutdown phase=lame_duck handlers={Handlers} for_s={Seconds}")]
    public static partial void ShutdownLameDuck(this ILogger log, int handlers, double seconds);

    [LoggerMessage(EventIds.ShutdownDraining, LogLevel.Information, "shutdown phase=drain handlers={Handlers} for_s={Seconds}")]
    public static partial void ShutdownDraining(this ILogger log, int handlers, double seconds);

    [LoggerMessage(EventIds.ShutdownTerminating, LogLevel.Warning, "shutdown phase=term handlers={Handlers} for_s={Seconds}")]
    public static partial void ShutdownTerminating(this ILogger log, int handlers, double seconds);

    [LoggerMessage(EventIds.ShutdownKilling, LogLevel.Warning, "shutdown phase=kill handlers={Handlers}")]
    public static partial void ShutdownKilling(this ILogger log, int handlers);

    [LoggerMessage(EventIds.ShutdownGivesUp, LogLevel.Error,
        "shutdown leaves handlers={Handlers}: they survive KILL, stuck in the kernel")]
    public static partial void ShutdownGivesUp(this ILogger log, int handlers);

    [LoggerMessage(EventIds.Stop, LogLevel.Information, "stop superd exit={ExitCode}")]
    public static partial void Stop(this ILogger log, int exitCode);

    [LoggerMessage(EventIds.Upgrade, LogLevel.Information, "upgrade to version={Version} path={Path}")]
    public static partial void Upgrade(this ILogger log, string version, string path);

    [LoggerMessage(EventIds.Upgraded, LogLevel.Information,
        "upgraded version={Version} last_version={LastVersion} listeners={Listeners} connections={Connections} pause_ms={PauseMs}")]
    public static partial void Upgraded(this ILogger log, string version, string lastVersion, int listeners, int connections, long pauseMs);

    [LoggerMessage(EventIds.UpgradeFailed, LogLevel.Error, "stay: not upgraded: {Problem}")]
    public static partial void UpgradeFailed(this ILogger log, string problem);

    /// <summary>Without a message template, because every connection has these lines; see <see cref="ConnectionLine"/>.</summary>
    private static void Write(ILogger log, LogLevel level, EventId id, ConnectionLine line)
    {
        if (log.IsEnabled(level))
        {
            log.Log(level, id, line, null, s_text);
        }
    }
}
