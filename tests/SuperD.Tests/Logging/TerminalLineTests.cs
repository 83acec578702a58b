using NUnit.Framework;
using SuperD.Logging;

namespace SuperD.Tests.Logging;

/// <summary>At a terminal the message of a line comes before its values.</summary>
public sealed class TerminalLineTests
{
    [TestCase("accept han conn=17 peer=192.0.2.7:1 handlers=1/4", "accept han", "conn=17 peer=192.0.2.7:1 handlers=1/4")]
    [TestCase("stderr han conn=17: a=1: hello b=2", "stderr han: a=1: hello b=2", "conn=17")]
    [TestCase("stderr han conn=17: ", "stderr han: ", "conn=17")]
    [TestCase("refuse han conn=1 reason=x error=\"no header: y=2 z\"", "refuse han", "conn=1 reason=x error=\"no header: y=2 z\"")]
    [TestCase("stop superd exit=70 error=\"a b\": a mistake", "stop superd: a mistake", "exit=70 error=\"a b\"")]
    [TestCase("reload failed errors=2 by=SIGHUP: why; as it was", "reload failed: why; as it was", "errors=2 by=SIGHUP")]
    [TestCase("accept han peer=[::1]:80 pid=4", "accept han", "peer=[::1]:80 pid=4")]
    [TestCase("find processes=3 of a killed superd: they may run", "find processes=3 of a killed superd: they may run", "")]
    [TestCase("hold han for 5 ms: its peer=1; after 5", "hold han for 5 ms: its peer=1; after 5", "")]
    [TestCase("ignore NOTIFY_SOCKET=x: it is no path", "ignore NOTIFY_SOCKET=x: it is no path", "")]
    [TestCase("bind 1.2.3.4:5 for 'han': in use; retrying in 1 s", "bind 1.2.3.4:5 for 'han': in use; retrying in 1 s", "")]
    [TestCase("start superd version=1 config=a b", "start superd version=1 config=a b", "")]
    [TestCase("conn=1", "conn=1", "")]
    [TestCase("a b=\"never closed", "a", "b=\"never closed")]
    [TestCase(" a b=", " a b=", "")]
    [TestCase("", "", "")]
    public void A_line_is_divided_where_its_values_are(string text, string message, string values) =>
        Assert.That(TerminalLine.Split(text), Is.EqualTo((message, values)));
}
