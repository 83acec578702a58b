using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Tests.Support;

namespace SuperD.Tests.Logging;

/// <summary>What each log target receives, byte for byte, and that logging survives a restart of the target.</summary>
public sealed class LogTargetTests
{
    private static readonly InetEndPoint s_peer = InetEndPoint.From(
        new System.Net.IPEndPoint(System.Net.IPAddress.Parse("192.0.2.7"), 50112));

    private TempDir _directory = null!; // set before each test
    private StringWriter _stderr = null!; // set before each test

    [SetUp]
    public void Prepare()
    {
        _directory = new TempDir();
        _stderr = new StringWriter();
    }

    [TearDown]
    public void Clean_up()
    {
        _directory.Dispose();
        _stderr.Dispose();
    }

    // ── the journal ──

    [Test]
    public void The_journal_gets_the_text_the_priority_and_each_fact_as_a_field()
    {
        using var inbox = new DatagramInbox(_directory["journal"]);
        Write(
            new JournalTarget(_directory["journal"]),
            log => log.Refuse("han", 17, s_peer, "instances", new SuperD.Services.Occupancy(40, 40)));

        Assert.That(Fields(inbox.NextBytes()), Is.EqualTo(new Dictionary<string, string>
        {
            ["MESSAGE"] = "refuse han conn=17 peer=192.0.2.7:50112 reason=instances count=40/40",
            ["PRIORITY"] = "4",
            ["SYSLOG_IDENTIFIER"] = "superd",
            ["SUPERD_EVENT"] = "refuse",
            ["SUPERD_EVENT_ID"] = "1201",
            ["SUPERD_SERVICE"] = "han",
            ["SUPERD_CONN"] = "17",
            ["SUPERD_PEER"] = "192.0.2.7:50112",
            ["SUPERD_REASON"] = "instances",
            ["SUPERD_COUNT"] = "40/40",
        }));
    }

    [Test]
    public void A_value_of_several_lines_goes_to_the_journal_with_its_length()
    {
        using var inbox = new DatagramInbox(_directory["journal"]);
        Write(
            new JournalTarget(_directory["journal"]),
            log => log.LogCritical(new InvalidOperationException("one\ntwo=2\n"), "stop superd: unplanned"));

        Dictionary<string, string> fields = Fields(inbox.NextBytes());

        Assert.That(fields["MESSAGE"], Does.StartWith("stop superd: ").And.Contain("one\ntwo=2\n"));
        Assert.That(fields["PRIORITY"], Is.EqualTo("2"));
        Assert.That(fields, Does.Not.ContainKey("two"));
    }

    [Test]
    public void An_entry_too_long_for_a_datagram_reaches_the_journal_as_a_sealed_file()
    {
        const string script = """
            import array, fcntl, os, socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind(sys.argv[1])
            print("bound", flush=True)
            text, control, _, _ = s.recvmsg(100, socket.CMSG_LEN(4))
            fd = array.array("i", control[0][2])[0]
            seals = fcntl.fcntl(fd, 1034)
            data = os.pread(fd, 10_000_000, 0)
            end = b"SUPERD_CONN=1\nSUPERD_TEXT=" + b"x" * 1_000_000 + b"\n"
            print(len(text), seals, len(data) > 1_000_000, data.startswith(b"MESSAGE=stderr long conn=1: xxx"), data.endswith(end))
            """;
        using var journal = new RunningProgram(Needs.Program("python3"), ["-c", script, _directory["journal"]]);
        Assert.That(journal.Output.ReadLine(), Is.EqualTo("bound"));

        Write(new JournalTarget(_directory["journal"]), log => log.Stderr("long", 1, new string('x', 1_000_000)));

        Assert.That(journal.Output.ReadLine(), Is.EqualTo("0 15 True True True"));
    }

    [Test]
    public void A_journal_that_is_started_anew_gets_what_follows()
    {
        using var target = new JournalTarget(_directory["journal"]);
        using (var log = new TestLog(target, _stderr))
        {
            using (var first = new DatagramInbox(_directory["journal"]))
            {
                log.Logger.Stop(0);
                Assert.That(first.Next(), Does.StartWith("MESSAGE=stop superd exit=0\n"));
            }

            File.Delete(_directory["journal"]);
            log.Logger.Stop(1);
            Patience.Until(() => Said().Contains("SUPERD_EXIT_CODE=1"), "the line goes to stderr");
            using var second = new DatagramInbox(_directory["journal"]);
            log.Logger.Stop(2);

            Assert.That(second.Next(), Does.StartWith("MESSAGE=stop superd exit=2\n"));
        }

        Assert.That(
            Said(),
            Does.StartWith(
                $"superd: cannot write to the log target journal: {_directory["journal"]}: No such file or directory (errno 2); log lines "
                    + "come here"));
    }

    // ── syslog ──

    [Test]
    public void Syslog_gets_the_local_form_of_RFC_3164()
    {
        using var inbox = new DatagramInbox(_directory["log"]);
        Write(
            Syslog(LogFormat.Text),
            log => log.Stop(0),
            log => log.LogCritical(new InvalidOperationException("a\nb"), "stop superd: unplanned"));

        Assert.That(inbox.Next(), Does.Match($@"^<30>{SyslogTime()} superd\[{Environment.ProcessId}\]: stop superd exit=0$"));
        Assert.That(
            inbox.Next(), Does.Match($@"^<26>{SyslogTime()} superd\[\d+\]: stop superd: .* System.InvalidOperationException: a b$"));
    }

    [Test]
    public void Syslog_gets_JSON_where_that_is_the_format()
    {
        using var inbox = new DatagramInbox(_directory["log"]);
        Write(Syslog(LogFormat.Json), log => log.Stop(0));

        string text = inbox.Next();
        LogLine line = LogLine.Parse(text[(text.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
        Assert.That((line.Event, line["exit_code"]), Is.EqualTo(("stop", "0")));
    }

    [Test]
    public void Syslog_that_is_started_anew_loses_nothing_that_comes_after()
    {
        using var log = new TestLog(Syslog(LogFormat.Text), _stderr);
        using (var first = new DatagramInbox(_directory["log"]))
        {
            log.Logger.Stop(0);
            Assert.That(first.Next(), Does.EndWith("exit=0"));
        }

        File.Delete(_directory["log"]);
        using var second = new DatagramInbox(_directory["log"]);
        log.Logger.Stop(1);

        Assert.That(second.Next(), Does.EndWith("exit=1"));
        Assert.That(Said(), Is.Empty);
    }

    [Test]
    public void A_syslog_that_takes_a_stream_gets_records_that_end_with_NUL()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_directory["log"]));
        listener.Listen();
        Write(Syslog(LogFormat.Text), log => log.Stop(0), log => log.Stop(1));

        using Socket connection = listener.Accept();
        using var stream = new NetworkStream(connection);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string[] records = reader.ReadToEnd().Split('\0');

        Assert.That(records, Has.Length.EqualTo(3));
        Assert.That(records[0], Does.EndWith("exit=0"));
        Assert.That(records[1], Does.EndWith("exit=1"));
        Assert.That(records[2], Is.Empty);
    }

    [Test]
    public void What_is_too_long_for_syslog_is_cut_between_two_characters()
    {
        using var inbox = new DatagramInbox(_directory["log"]);
        Write(Syslog(LogFormat.Text), log => log.Stderr("long", 1, new string('€', 10_000)));

        byte[] record = inbox.NextBytes();

        Assert.That(record, Has.Length.InRange(8 * 1024 - 2, 8 * 1024));
        Assert.That(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(record), Does.EndWith("€"));
    }

    // ── a file ──

    [Test]
    public void A_file_is_appended_to_and_not_readable_for_everybody()
    {
        string path = _directory["superd.log"];
        Write(LogFile(path), log => log.Stop(0));
        Write(LogFile(path), log => log.Stop(1));

        Assert.That(File.ReadAllText(path), Does.Match("^[^\n]+ info  stop superd exit=0\n[^\n]+ info  stop superd exit=1\n$"));
        Assert.That(File.GetUnixFileMode(path) & UnixFileMode.OtherRead, Is.EqualTo(UnixFileMode.None));
    }

    [Test]
    public void A_file_that_cannot_be_opened_is_tried_again_and_meanwhile_lines_go_to_standard_error()
    {
        using (var log = new TestLog(LogFile(_directory["later/superd.log"]), _stderr))
        {
            log.Logger.Stop(0);
            log.Logger.Stop(1);
            Patience.Until(() => Said().Contains("exit=1"), "the second line goes to stderr");
            _directory.MakeDirectory("later");
            log.Logger.Stop(2);
        }

        string[] said = Said().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(said, Has.Length.EqualTo(3));
        Assert.That(said[0], Does.Contain("cannot write to the log target").And.Contain("No such file or directory"));
        Assert.That(File.ReadAllText(_directory["later/superd.log"]), Does.EndWith("stop superd exit=2\n"));
    }

    [Test]
    public void A_full_disk_is_no_end_of_the_log()
    {
        Needs.File("/dev/full");
        Write(LogFile("/dev/full"), log => log.Stop(0));

        Assert.That(Said(), Does.Contain("/dev/full: No space left on device (errno 28)").And.Contain("stop superd exit=0"));
    }

    // ── the queue in front of it ──

    [Test]
    public void A_target_that_stands_still_holds_nobody_up_and_the_lines_it_missed_are_counted()
    {
        const int count = 40_000; // more than fit in the queue plus the batch being written
        using var target = new StuckTarget();
        using (var log = new TestLog(target, _stderr))
        {
            for (int i = 0; i < count; i++)
            {
                log.Logger.Stop(i);
            }

            Assert.That(target.Written, Is.Empty);
            target.Release();
            Patience.Until(() => target.Written.Count > 16_000, "the queue is written");
            log.Logger.Stop(-1);
        }

        // One line for what did not fit while the target was stuck, and one more if the queue was full before the first batch left it.
        string[] dropped = [.. target.Written.Where(line => line.StartsWith("drop"))];
        Assert.That(dropped, Has.Length.InRange(1, 2));
        int lost = dropped.Sum(line => int.Parse(line.Split('=')[1].Split(':')[0]));
        Assert.That(target.Written.Count(line => line.StartsWith("stop")) + lost, Is.EqualTo(count + 1));
        Assert.That(target.Written[^1], Is.EqualTo("stop superd exit=-1"));
    }

    [Test]
    public void A_target_that_stays_stuck_does_not_keep_superd_from_ending()
    {
        using var target = new StuckTarget();
        var log = new TestLog(target, _stderr);
        log.Logger.Stop(0);

        Assert.That(Task.Run(log.Dispose).Wait(Patience.Limit), Is.True);

        target.Release();
    }

    private SyslogTarget Syslog(LogFormat format) => new(_directory["log"], format, TimeProvider.System);

    private static FileTarget LogFile(string path) => new(path, new LineFormatter(LogFormat.Text, TimeProvider.System));

    /// <summary>A pattern for the time of RFC 3164; a day with one digit is padded with a space.</summary>
    private static string SyslogTime() => "[A-Z][a-z]{2} [ 123][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}";

    private string Said()
    {
        lock (_stderr)
        {
            return _stderr.ToString();
        }
    }

    private void Write(ILogTarget target, params Action<ILogger>[] lines)
    {
        using var log = new TestLog(target, _stderr);
        Array.ForEach(lines, line => line(log.Logger));
    }

    private static Dictionary<string, string> Fields(byte[] record)
    {
        var fields = new Dictionary<string, string>();
        ReadOnlySpan<byte> rest = record;
        while (rest.Length > 0)
        {
            int end = rest.IndexOf((byte)'\n');
            string line = Encoding.UTF8.GetString(rest[..end]);
            rest = rest[(end + 1)..];
            if (line.Contains('='))
            {
                string[] pair = line.Split('=', 2);
                fields.Add(pair[0], pair[1]);
            }
            else
            {
                int length = (int)BinaryPrimitives.ReadInt64LittleEndian(rest);
                fields.Add(line, Encoding.UTF8.GetString(rest.Slice(8, length)));
                Assert.That(rest[8 + length], Is.EqualTo((byte)'\n'));
                rest = rest[(9 + length)..];
            }
        }

        return fields;
    }

    /// <summary>A logger that writes to one target; Dispose writes what is queued.</summary>
    private sealed class TestLog : IDisposable
    {
        private readonly LogWriter _writer;

        public TestLog(ILogTarget target, TextWriter stderr)
        {
            _writer = new LogWriter(target, TextWriter.Synchronized(stderr));
            Logger = new TargetLogger(_writer, new LogLevelSwitch(LogLevel.Trace), new LogTap(), TimeProvider.System);
        }

        public ILogger Logger { get; }

        public void Dispose() => _writer.Dispose();
    }
}
