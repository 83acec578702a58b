namespace SuperD.Logging;

/// <summary>The number of every log line, in blocks of a hundred per area; stable, so that scripts may rely on them.</summary>
internal static class EventIds
{
    // The daemon itself.
    public const int Start = 1000;
    public const int Ready = 1001;
    public const int NotAllBound = 1002;
    public const int ConfigurationProblem = 1003;
    public const int ReloadFailed = 1005;
    public const int Crash = 1006;
    public const int ReloadBegins = 1007;
    public const int Reload = 1008;
    public const int ServiceAdded = 1009;
    public const int ServiceChanged = 1010;
    public const int ServiceRemoved = 1011;
    public const int KeyNeedsRestart = 1012;
    public const int NotStarted = 1004;
    public const int SlowTurn = 1013;
    public const int SlowTurnsUnwatched = 1014;
    public const int NothingServed = 1020;

    // Listening.
    public const int Listen = 1100;
    public const int BindFailed = 1101;
    public const int AcceptPaused = 1102;
    public const int SocketFileKept = 1103;
    public const int Recovered = 1104;
    public const int StoreTooSmall = 1105;

    // Connections.
    public const int Accept = 1200;
    public const int Refuse = 1201;
    public const int LaunchFailed = 1202;
    public const int StartWait = 1203;
    public const int Proxied = 1204;
    public const int ProxyHeaderFailed = 1205;
    public const int StartDatagramWait = 1206;
    public const int TalkFailed = 1210;
    public const int BannerFileUnreadable = 1211;
    public const int AcceptBuiltin = 1212;
    public const int AskedFor = 1213;
    public const int AnswerDatagram = 1214;
    public const int HealthCheck = 1215;

    // Handlers.
    public const int End = 1300;
    public const int Stderr = 1301;
    public const int StderrLimited = 1302;
    public const int ReapFailed = 1303;
    public const int OrphanReaped = 1304;
    public const int WaitBackOff = 1305;
    public const int DatagramHeld = 1306;
    public const int DatagramDropped = 1307;
    public const int HandlerStuck = 1308;
    public const int OrphanMeans = 1309;
    public const int LeftoversFound = 1311;
    public const int EndBuiltin = 1310;
    public const int HandlerHeld = 1312;
    public const int KillHolder = 1313;
    public const int KillStranger = 1314;
    public const int StderrRepeated = 1315;
    public const int LimitsFailed = 1316;
    public const int WaitRecovered = 1320;
    public const int ClientDropped = 1321;
    public const int UserKept = 1330;
    public const int UsersUnknown = 1331;

    // Admission. (The refusal of a connection is an event of the connection.)
    public const int RefuseRepeated = 1500;
    public const int Penalise = 1501;
    public const int AddressesRead = 1502;
    public const int AddressesKept = 1503;

    // Relays.
    public const int AcceptRelay = 1700;
    public const int BackendFailed = 1701;
    public const int EndRelay = 1702;

    // The service manager, and the log itself.
    public const int NotifyFailed = 2100;
    public const int Adopt = 2101;
    public const int PassedUnused = 2102;
    public const int NotifyUnknown = 2103;
    public const int LogDropped = 2110;
    public const int LogReopened = 2111;

    // The console.
    public const int ConsoleOpen = 1900;
    public const int ConsoleFailed = 1901;
    public const int ConsoleDenied = 1902;
    public const int ServiceMode = 1903;
    public const int EndAsked = 1904;
    public const int DrainAll = 1905;
    public const int Drained = 1906;
    public const int ResumeAll = 1907;
    public const int ConsoleRelayed = 1909;
    public const int ConsoleConfined = 1910;

    // Upgrade.
    public const int Upgrade = 2000;
    public const int Upgraded = 2001;
    public const int UpgradeFailed = 2002;

    // Shutdown.
    public const int ShutdownDraining = 1400;
    public const int ShutdownTerminating = 1401;
    public const int ShutdownKilling = 1402;
    public const int ShutdownGivesUp = 1403;
    public const int Stop = 1404;
    public const int ShutdownLameDuck = 1405;
}
