using System.Text;
using NUnit.Framework;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.ProxyProtocol;
using SuperD.Reaping;
using SuperD.Relaying;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD.Tests.Upgrading;

/// <summary>What one version of superd hands over to the next: nothing is lost on the way, and damaged data is never trusted.</summary>
public sealed class HandoverTests
{
    private static readonly byte[] s_large = [.. Enumerable.Range(0, 10_000).Select(number => (byte)number)];
    private static readonly byte[] s_json = HandoverJson.Write(Example());

    [Test]
    public void All_of_it_comes_back()
    {
        Handover? read = HandoverJson.Read(s_json, out string? problem);

        Assert.That(problem, Is.Null);
        Assert.That(Encoding.UTF8.GetString(HandoverJson.Write(read!)), Is.EqualTo(Encoding.UTF8.GetString(s_json)));
        Assert.That(read!.Part<RelaysHandover>()!.Relays[0].Relayed!.Inbound.Waiting!.Value.ToArray(), Is.EqualTo("half"u8.ToArray()));
        Assert.That(read.Part<HandlersHandover>()!.Handlers[0].Terms, Is.EqualTo(Example().Part<HandlersHandover>()!.Handlers[0].Terms));
    }

    [Test]
    public void Every_stage_that_leaves_something_is_in_it()
    {
        IEnumerable<Type> parts = typeof(StageHandover).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(StageHandover)));

        Assert.That(HandoverJson.Read(s_json, out _)!.Parts.Select(part => part.GetType()), Is.EquivalentTo(parts));
    }

    [Test]
    public void A_large_text_is_written_once_however_many_clients_are_in_the_middle_of_it()
    {
        DialogueHandover dialogue = Example().Part<DialoguesHandover>()!.Dialogues[0];
        DialogueHandover[] dialogues = [.. Enumerable.Range(1, 100).Select(offset => dialogue with { Text = [s_large.AsMemory(offset)] })];
        Handover many = Example() with { Parts = [new DialoguesHandover(dialogues)] };

        byte[] written = HandoverJson.Write(many);
        Handover read = HandoverJson.Read(written, out _)!;

        Assert.That(written, Has.Length.LessThan(s_json.Length + (100 * 1000)));
        Assert.That(
            read.Part<DialoguesHandover>()!.Dialogues.Select(one => one.Text![0].ToArray()),
            Is.EqualTo(Enumerable.Range(1, 100).Select(offset => s_large[offset..])));
        Assert.That(HandoverJson.Write(read), Is.EqualTo(written)); // references shared before are shared after
    }

    [Test]
    public void A_part_of_it_is_refused_with_the_reason()
    {
        for (int length = 0; length < s_json.Length; length += 11)
        {
            Assert.That(HandoverJson.Read(s_json.AsSpan(0, length), out string? problem), Is.Null);
            Assert.That(problem, Is.Not.Null.And.Not.Empty);
        }
    }

    [Test]
    public void Whatever_is_damaged_in_it_throws_nothing()
    {
        var random = new Random(7);
        for (int i = 0; i < 1000; i++)
        {
            byte[] damaged = [.. s_json];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            Assert.That(() => HandoverJson.Read(damaged, out _), Throws.Nothing);
        }
    }

    [TestCase("null", "empty")]
    [TestCase("{}", "required")]
    [TestCase("[]", "JSON value")]
    [TestCase("{\"Unknown\":1}", "Unknown")]
    public void What_is_no_handover_is_refused(string json, string expected)
    {
        Assert.That(HandoverJson.Read(Encoding.UTF8.GetBytes(json), out string? problem), Is.Null);
        Assert.That(problem, Does.Contain(expected));
    }

    [TestCase("\"Handlers\":[", "\"Handlers\":null,\"Latecomers\":[", "Handlers")]
    [TestCase("\"$type\":\"relays\"", "\"$type\":\"unheard_of\"", "unheard_of")]
    [TestCase("\"Pid\":4711", "\"Pid\":99999999999", "Pid")]
    [TestCase("\"EndReason\":\"Operator\"", "\"EndReason\":\"Whim\"", "EndReason")]
    [TestCase("\"Format\":5", "\"Format\":4", "format is 4")]
    public void A_value_that_cannot_be_is_refused(string right, string wrong, string expected)
    {
        string json = Encoding.Latin1.GetString(s_json);
        Assert.That(json, Does.Contain(right));

        Assert.That(
            HandoverJson.Read(Encoding.Latin1.GetBytes(json.Replace(right, wrong, StringComparison.Ordinal)), out string? problem),
            Is.Null);

        Assert.That(problem, Does.Contain(expected));
    }

    [Test]
    public void Only_what_was_kept_open_is_taken_and_once()
    {
        _ = Pipe.Create(out Fd? read, out Fd? write);
        using Fd born = read!;
        using Fd other = write!;

        // A close-on-exec descriptor, which was therefore not inherited, and numbers that are not valid.
        var descriptors = new InheritedDescriptors([born.Value, -1, 0, 1, 2, int.MaxValue]);

        Assert.That(new int?[] { born.Value, -1, 0, 2, int.MaxValue, null }.Select(descriptors.Take), Is.All.Null);
        Assert.That(descriptors.CloseRest(), Is.Zero);
        Assert.That(other.IsClosed, Is.False);
    }

    [Test]
    public void A_variable_that_leads_to_no_handover_is_overlooked()
    {
        Assert.That(MemoryFile.Take(LastVersion.FileName, -1), Is.Null);
        Assert.That(MemoryFile.Take(LastVersion.FileName, 0), Is.Null);
        Assert.That(MemoryFile.Take(LastVersion.FileName, 54_321), Is.Null);
        _ = MemoryFile.Create("another", "text"u8, out Fd? file);
        using Fd another = file!;
        Assert.That(MemoryFile.Take(LastVersion.FileName, another.Value), Is.Null);
    }

    private static Handover Example()
    {
        var peer = new PeerHandover("192.0.2.7:50112", 0, 0, 0, null);
        var user = new PeerHandover(null, 1000, 1000, 4711, [4, 27]);
        var address = new AddressHandover(Transport.Tcp, "127.0.0.1:9003", null);
        var connection = new ConnectionHandover(17, "han", 40, peer, address, user, "3");
        var histogram = new HistogramHandover([0.5, 1], [1, 2, 3], 4.5);
        var mark = new MarkHandover("[2001:db8::5]:9", 3, -7, 1234);
        return new Handover
        {
            Format = Handover.CurrentFormat,
            Version = "0.1.0",
            BegunMs = 5,
            StartedMs = 1,
            LastConnectionId = 17,
            SoftOpenFiles = 1024,
            Descriptors = [40, 41],
            Parts =
            [
                new ServicesHandover([
                    new ServiceHandover
                    {
                        Name = "han",
                        Mode = ServiceMode.Draining,
                        Counters = new CountersHandover
                        {
                            Accepted = 1, Refused = new() { ["instances"] = 2 }, FailedLaunches = [], Ended = new() { ["none"] = 1 },
                            Checks = 5, Penalties = 6, BytesIn = 1, BytesOut = 2, Orphans = 3, Launches = histogram, Durations = histogram,
                        },
                        Ends = [new EndedHandover(3, null, 1, 0, "operator", 4, 5, "oops")],
                        LastFailure = new Trouble(Trouble.Failing, "its last launch failed", 6),
                    },
                ],
                ServiceMode.Draining),
                new RotationHandover(3, 4),
                new LatecomersHandover([connection]),
                new AdmissionHandover
                {
                    Rates = new() { ["han"] = 1 },
                    SourceRates = [new SourceHandover("han", "ffffc0000207", 2)],
                    Penalties = [new SourceHandover("han", "1", 3, true)],
                    Visitors = [],
                },
                new DrainsHandover([new DrainHandover(46, 1000, 10)]),
                new SocketEventsHandover(49),
                new HandlersHandover(
                    new TreesHandover
                    {
                        Cgroups = new CgroupsHandover("/sys/fs/cgroup", "superd-1", 9, 4, ["1", "2"], ["3"])
                        {
                            Limits = new LimitGroupsHandover(10, ["memory"], new Dictionary<string, int> { ["l.han"] = 5 }),
                        },
                        IsSubreaper = true,
                        Kept = [1, 2],
                        HasDescendants = true,
                        Strangers =
                        [
                            new StrangerHandover(
                                4712,
                                815,
                                [
                                    new OwnerHandover(17, true, false, TimeSpan.Zero),
                                    new OwnerHandover(3, false, true, TimeSpan.FromSeconds(2)),
                                ])
                        ],
                    },
                    [
                    new HandlerHandover
                    {
                        Connection = connection, Pid = 4711, Pidfd = 43, StartedMs = 3,
                        Terms = new TermsHandover(
                            true, CloseMode.Immediate, false, TimeSpan.FromSeconds(5), null, TimeSpan.FromSeconds(1), null,
                            TimeSpan.FromSeconds(3)),
                        EndReason = EndReason.Operator,
                        Stderr = new StderrHandover(44, "half a l"u8.ToArray(), true) { Last = "oops"u8.ToArray() },
                        EventsBefore = new CgroupEvents(1, 2),
                        KillMs = 9,
                        IsKilled = true,
                        End = new EndHandover(1, 2, TimeSpan.FromMilliseconds(3), 4, 5), Orphans = 6,
                        Released = new ReleasedHandover("127.0.0.1:2", "[::1]:3", ulong.MaxValue),
                        Traffic = new TcpTraffic(1, 2, TimeSpan.FromMicroseconds(3), TimeSpan.FromMilliseconds(4), true),
                    },
                ]),
                new ListenersHandover([
                    new ListenerHandover
                    {
                        Socket = 41, Kind = ListenerKind.UdpPeers, Service = "han", Address = "127.0.0.1:0", V6Only = true,
                        BoundTo = address, IsLent = true, HeldUntilMs = 8,
                        BackOff = new BackOffHandover(["one"], TimeSpan.FromSeconds(1), CountBefore: 2, Attempts: 3),
                        FailingSinceMs = 4,
                        Dropped = 5,
                        First = mark,
                        Attempts = 2,
                        File = new FileIdentity(1, 2),
                        Peers = [new PeerSessionHandover(17, 42, "192.0.2.7:1", "192.0.2.8:2", 3, mark, TimeSpan.FromSeconds(60), 4, 5, 6)],
                    },
                ], [new LentHandover(17, 41)]),
                new RelaysHandover([
                    new RelayHandover
                    {
                        Connection = connection,
                        StartedMs = 2,
                        Relayed = new RelayedHandover(
                            45,
                            new DirectionHandover("half"u8.ToArray(), 2, true, 100, false, true),
                            new DirectionHandover(null, 0, false, 0, true, false),
                            null, 3, RelayEndReason.Closed, RelayEndReason.ClientReset, 4),
                    },
                ]),
                new DialoguesHandover([
                    new DialogueHandover
                    {
                        Kind = DialogueKind.TurnAway, Connection = connection, BytesIn = 1, BytesOut = 2, StartedMs = 3, LastMovedMs = 4,
                        DeadlineMs = 5, DeadlineEnd = DialogueEnd.Deadline,
                        Text = ["Sorr"u8.ToArray(), s_large.AsMemory(1)],
                        Banners = [new BannerDefinition("{reason}", null)],
                        Reason = "instances",
                        RetryAfter = TimeSpan.FromSeconds(9),
                        BytesLeft = 8,
                    },
                ]),
                new HeadersHandover([new AwaitedHandover(connection, 7)]),
                new HealthChecksHandover([new AwaitedHandover(connection, 8)]),
                new ConsoleHandover(
                    47,
                    "/run/superd/superd.sock",
                    new FileIdentity(3, 4),
                    [new ControlClientHandover(48, "{"u8.ToArray(), [], true, "han", false, false, true)]),
            ],
        };
    }
}
