using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.Control;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Control;

/// <summary>A console client's requests, one per line, in a buffer of fixed size.</summary>
public sealed class RequestBufferTests
{
    private ConnectedPair _pair = null!; // set up before each test
    private RequestBuffer _requests = null!; // set up before each test

    [SetUp]
    public void Connect() => (_pair, _requests) = (new ConnectedPair(), new RequestBuffer());

    [TearDown]
    public void Close() => _pair.Dispose();

    [Test]
    public void Requests_come_out_one_by_one_whatever_pieces_they_came_in()
    {
        Receive("one\ntw");

        Assert.That(Take(), Is.EqualTo("one"));
        Assert.That(Take(), Is.Null);

        Receive("o\n\n");

        Assert.That(Take(), Is.EqualTo("two"));
        Assert.That(Take(), Is.Empty);
        Assert.That(_requests.IsEmpty, Is.True);
    }

    [Test]
    public void The_last_request_needs_no_newline()
    {
        Receive("last");

        Assert.That(Take(), Is.Null);

        _pair.Client.Shutdown(SocketShutdown.Send);
        Patience.Until(() => _requests.Receive(_pair.Own).Value == 0, "the client's side has ended");

        Assert.That(_requests.HasEnded, Is.True);
        Assert.That(Take(), Is.EqualTo("last"));
        Assert.That(_requests.IsEmpty, Is.True);
    }

    [Test]
    public void A_request_that_does_not_fit_fills_the_buffer_and_is_never_complete()
    {
        Receive(new string('x', RequestBuffer.Size));

        Assert.That(_requests.IsFull, Is.True);
        Assert.That(Take(), Is.Null);
    }

    [Test]
    public void The_longest_request_is_taken_whole()
    {
        string longest = new('x', RequestBuffer.Size - 1);
        Receive(longest + "\n");

        Assert.That(Take(), Is.EqualTo(longest));
        Assert.That(_requests.IsEmpty, Is.True);
    }

    [Test]
    public void What_is_discarded_is_no_request()
    {
        Receive("tail\nagain\n");

        Assert.That(Take(), Is.EqualTo("tail"));

        _pair.Client.Send("more\n"u8);
        Patience.Until(() => _requests.Discard(_pair.Own).Value > 0, "the client's bytes have arrived");

        Assert.That(_requests.IsEmpty, Is.True);
        Assert.That(Take(), Is.Null);
    }

    [Test]
    public void The_next_version_continues_in_the_middle_of_a_request()
    {
        Receive("first\nsec");
        _ = Take();
        byte[] handed = _requests.Content.ToArray();

        _requests = new RequestBuffer();
        _requests.Inherit(handed, hasEnded: false);
        Receive("ond\n");

        Assert.That(Take(), Is.EqualTo("second"));
    }

    private void Receive(string text)
    {
        int expected = _requests.Content.Length + text.Length;
        _pair.Client.Send(Encoding.ASCII.GetBytes(text));
        Patience.Until(
            () => _requests.Receive(_pair.Own) is { IsError: false } or { Errno: Errno.EAGAIN } && _requests.Content.Length == expected,
            "all bytes have arrived");
    }

    private string? Take()
    {
        if (!_requests.TryPeek(out ReadOnlySpan<byte> request))
        {
            return null;
        }

        string text = Encoding.ASCII.GetString(request);
        _requests.Remove(request.Length);
        return text;
    }
}
