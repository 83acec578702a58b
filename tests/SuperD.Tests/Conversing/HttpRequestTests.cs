using System.Text;
using NUnit.Framework;
using SuperD.Conversing;

namespace SuperD.Tests.Conversing;

/// <summary>The head of an HTTP request: what is accepted, and what is refused with which status.</summary>
public sealed class HttpRequestTests
{
    [TestCase("GET /ready HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/ready", false)]
    [TestCase("HEAD /ready HTTP/1.0\r\n\r\n", "HEAD", "/ready", true)]
    [TestCase("GET /ready?verbose HTTP/1.0\r\n\r\n", "GET", "/ready", true)]
    [TestCase("GET http://node1:9100/ready?x HTTP/1.1\r\nhOsT: node1:9100\r\n\r\n", "GET", "/ready", false)]
    [TestCase("GET HTTP://node1 HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/", false)]
    [TestCase("OPTIONS * HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "OPTIONS", "*", false)]
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nUser-Agent: a\tb \xff\r\n\r\nrest", "GET", "/", false)]
    public void A_good_head_is_read(string text, string method, string path, bool isOld)
    {
        HttpRequest? request = HttpRequest.Parse(Encoding.Latin1.GetBytes(text), out HttpStatus? problem);

        Assert.That(problem, Is.Null);
        Assert.That(request, Is.EqualTo(new HttpRequest(method, path, isOld)));
    }

    [TestCase("GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")]
    [TestCase("get-x /a HTTP/1.0\r\nA: b\r\n\r\n")]
    public void Until_it_is_complete_a_head_is_neither_good_nor_bad(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int length = 1; length < bytes.Length; length++)
        {
            Assert.That(HttpRequest.Parse(bytes.AsSpan(0, length), out HttpStatus? problem), Is.Null);
            Assert.That(problem, Is.Null, $"after {length} bytes");
        }

        Assert.That(HttpRequest.Parse(bytes, out _), Is.Not.Null);
    }

    [TestCase("GET /ready\r\n\r\n", TestName = "no version")]
    [TestCase("GET  /ready HTTP/1.1\r\nHost: x\r\n\r\n", TestName = "two spaces")]
    [TestCase(" GET /ready HTTP/1.1\r\nHost: x\r\n\r\n", TestName = "a space first")]
    [TestCase("GET /ready HTTP/1.1 \r\nHost: x\r\n\r\n", TestName = "a space last")]
    [TestCase("GET /re ady HTTP/1.1\r\nHost: x\r\n\r\n", TestName = "a space in the target")]
    [TestCase("GET /ready HTTP/2.0\r\nHost: x\r\n\r\n", TestName = "another version")]
    [TestCase("GET /ready http/1.1\r\nHost: x\r\n\r\n", TestName = "a version in small letters")]
    [TestCase("GET ready HTTP/1.1\r\nHost: x\r\n\r\n", TestName = "a target that is no path")]
    [TestCase("GET /\xe4 HTTP/1.0\r\n\r\n", TestName = "a target with a byte above ASCII")]
    [TestCase("G\0T / HTTP/1.0\r\n\r\n", TestName = "a NUL in the method")]
    [TestCase("GET /ready HTTP/1.1\r\n\r\n", TestName = "no Host")]
    [TestCase("GET /ready HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", TestName = "Host twice")]
    [TestCase("GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", TestName = "Host twice in HTTP/1.0")]
    [TestCase("GET / HTTP/1.0\r\nA : b\r\n\r\n", TestName = "a space before the colon")]
    [TestCase("GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\n", TestName = "a continued line")]
    [TestCase("GET / HTTP/1.0\r\nA\r\n\r\n", TestName = "a header without a colon")]
    [TestCase("GET / HTTP/1.0\r\n: b\r\n\r\n", TestName = "a header without a name")]
    [TestCase("GET / HTTP/1.0\r\nA: b\nB: c\r\n\r\n", TestName = "a LF in a header")]
    [TestCase("GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", TestName = "a CR in a header")]
    [TestCase("GET / HTTP/1.0\r\nA: b\0\r\n\r\n", TestName = "a NUL in a header")]
    [TestCase("GET / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", TestName = "a body")]
    [TestCase("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", TestName = "a body of chunks")]
    [TestCase("GET / HTTP/1.0\n\n", TestName = "lines without CR")]
    [TestCase("\x16\x03\x01\x02\x00\x01\x00", TestName = "the beginning of TLS")]
    [TestCase("PRI * HTTP/2.0\r\n", TestName = "the beginning of HTTP/2")]
    public void What_is_not_exactly_a_request_is_refused(string text)
    {
        HttpRequest? request = HttpRequest.Parse(Encoding.Latin1.GetBytes(text), out HttpStatus? problem);

        Assert.That((request, problem), Is.EqualTo(((HttpRequest?)null, (HttpStatus?)HttpStatus.BadRequest)));
    }

    [TestCase(HttpRequest.MostBytes, "GET / HTTP/1.0\r\nA: ", 'b', TestName = "too many bytes")]
    [TestCase(600, "GET / HTTP/1.0\r\n", '\0', TestName = "too many headers")]
    public void A_head_that_is_too_large_is_refused_as_that(int length, string start, char filling)
    {
        string text = filling == '\0'
            ? start + string.Concat(Enumerable.Repeat("A: b\r\n", length / 5)) + "\r\n"
            : start + new string(filling, length - start.Length);

        HttpRequest? request = HttpRequest.Parse(Encoding.ASCII.GetBytes(text), out HttpStatus? problem);

        Assert.That((request, problem), Is.EqualTo(((HttpRequest?)null, (HttpStatus?)HttpStatus.HeadTooLarge)));
    }
}
