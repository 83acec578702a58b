using System.Text;
using NUnit.Framework;
using SuperD.Control;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Control;

/// <summary>The pending output of a console client: a slow reader of the log loses lines, and learns how many and where.</summary>
public sealed class OutputQueueTests
{
    private static readonly byte[] s_line = [.. Enumerable.Repeat((byte)'x', 1023), (byte)'\n'];

    private ConnectedPair _pair = null!; // set up before each test
    private OutputQueue _output = null!; // set up before each test

    [SetUp]
    public void Connect() => (_pair, _output) = (new ConnectedPair(), new OutputQueue());

    [TearDown]
    public void Close() => _pair.Dispose();

    [Test]
    public void Lines_arrive_in_their_order()
    {
        _output.Add("one\n"u8.ToArray());
        _output.Add("two\n"u8.ToArray());

        SysResult result = _output.Send(_pair.Own, out bool hasSent);

        Assert.That(result.IsError, Is.False);
        Assert.That(hasSent, Is.True);
        Assert.That(_output.IsEmpty, Is.True);
        Assert.That(Read("one\ntwo\n".Length), Is.EqualTo("one\ntwo\n"));
    }

    [Test]
    public void Lines_beyond_the_bound_are_counted_and_their_number_is_sent_in_their_place()
    {
        int kept = (OutputQueue.MaxBytes / s_line.Length) + 1;
        for (int i = 0; i < kept + 3; i++)
        {
            _output.AddOrDrop(s_line);
        }

        const string Loss = "{\"dropped\":3}\n";
        string rest = Encoding.ASCII.GetString(_output.Rest());

        Assert.That(rest, Has.Length.EqualTo((kept * s_line.Length) + Loss.Length));
        Assert.That(rest, Does.EndWith("x\n" + Loss));
    }

    [Test]
    public void A_reply_is_never_dropped()
    {
        while (_output.Rest().Length <= OutputQueue.MaxBytes)
        {
            _output.AddOrDrop(s_line);
        }

        _output.Add("reply\n"u8.ToArray());

        Assert.That(Encoding.ASCII.GetString(_output.Rest()), Does.EndWith("reply\n"));
    }

    [Test]
    public void A_full_socket_keeps_the_rest_for_later_and_for_the_next_version()
    {
        var sent = new MemoryStream();
        SysResult result;
        do
        {
            _output.Add(s_line);
            sent.Write(s_line);
            result = _output.Send(_pair.Own, out _);
        }
        while (!result.IsError);

        Assert.That(result.Errno, Is.EqualTo(Errno.EAGAIN));
        byte[] rest = _output.Rest();

        Assert.That(rest, Is.Not.Empty);
        string arrived = Read((int)sent.Length - rest.Length);

        Assert.That(arrived + Encoding.ASCII.GetString(rest), Is.EqualTo(Encoding.ASCII.GetString(sent.ToArray())));
        Patience.Until(() => !_output.Send(_pair.Own, out _).IsError, "the socket takes the rest");
        Assert.That(_output.IsEmpty, Is.True);
    }

    private string Read(int count)
    {
        byte[] bytes = new byte[count];
        for (int read = 0; read < count;)
        {
            int more = _pair.Client.Receive(bytes.AsSpan(read));
            Assert.That(more, Is.Positive, "the connection has ended early");
            read += more;
        }

        return Encoding.ASCII.GetString(bytes);
    }
}
