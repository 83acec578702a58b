using System.Text;
using NUnit.Framework;
using SuperD.Cli.Web;
using SuperD.Conversing;

namespace SuperD.Tests.Cli.Web;

/// <summary>Which requests superd's page lets in: those of itself, in a browser whose user asked for it by one of its names.</summary>
public sealed class WebGateTests
{
    [TestCase("GET /api/events", "Host: localhost:9008")]
    [TestCase("GET /api/events", "Host: LOCALHOST")]
    [TestCase("GET /", "Host: 127.0.0.1:1")]
    [TestCase("GET /", "Host: [::1]:9008")]
    [TestCase("GET /", "Host: superd.example.org", TestName = "a name of the service file")]
    [TestCase("GET /", "Host: superd.example.org:8443", TestName = "the same with a port")]
    [TestCase("GET /", "Host: other.example.org:8443", TestName = "a name with its port")]
    [TestCase("GET /api/events", "Host: localhost:9008\r\nOrigin: http://localhost:9008\r\nSec-Fetch-Site: same-origin")]
    [TestCase("GET /", "Host: localhost:9008\r\nSec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document")]
    [TestCase("GET /", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document",
        TestName = "a link in another page")]
    [TestCase("POST /api/reload", "Host: superd.example.org\r\nOrigin: https://superd.example.org", TestName = "through a proxy with TLS")]
    public void It_lets_in(string line, string headers) => Assert.That(WhyRefused(line, headers), Is.Null);

    [TestCase("GET /", "Host: evil.example", TestName = "DNS rebinding")]
    [TestCase("GET /api/events", "Host: evil.example:9008\r\nOrigin: http://evil.example:9008\r\nSec-Fetch-Site: same-origin",
        TestName = "DNS rebinding, with an origin to it")]
    [TestCase("GET /", "Host: localhost.evil.example")]
    [TestCase("GET /", "Host: 127.0.0.1.evil.example")]
    [TestCase("GET /", "Host: evil.example#localhost")]
    [TestCase("GET /", "Host: localhost:9008@evil.example")]
    [TestCase("GET /", "Host: [::1")]
    [TestCase("GET /", "Host: [")]
    [TestCase("GET /", "Host:")]
    [TestCase("GET /", "Host: other.example.org", TestName = "a name without its port")]
    [TestCase("GET http://localhost/", "Host: localhost", TestName = "a target with a host")]
    [TestCase("GET /api/state", "Host: localhost\r\nOrigin: http://evil.example")]
    [TestCase("GET /api/state", "Host: localhost\r\nOrigin: null")]
    [TestCase("GET /api/state", "Host: localhost\r\nOrigin:")]
    [TestCase("GET /api/state", "Host: localhost:9008\r\nOrigin: http://localhost:9009", TestName = "another server of this machine")]
    [TestCase("GET /api/state", "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil.example", TestName = "two origins")]
    [TestCase("GET /api/state", "Host: localhost\r\nSec-Fetch-Site: cross-site")]
    [TestCase("GET /api/state", "Host: localhost\r\nSec-Fetch-Site: same-site")]
    [TestCase("GET /api/state", "Host: localhost\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site", TestName = "two sites")]
    [TestCase("GET /page.js", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script")]
    [TestCase("GET /", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe")]
    [TestCase("GET /api/state", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document")]
    [TestCase("POST /api/reload", "Host: localhost", TestName = "an order without an origin")]
    [TestCase("POST /api/reload", "Host: localhost\r\nOrigin: ftp://localhost")]
    [TestCase("POST /", "Host: localhost\r\nOrigin: http://localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate",
        TestName = "a form of another page")]
    public void It_refuses(string line, string headers) => Assert.That(WhyRefused(line, headers), Is.Not.Null.And.Not.Empty);

    private static string? WhyRefused(string line, string headers)
    {
        byte[] head = Encoding.Latin1.GetBytes($"{line} HTTP/1.1\r\n{headers}\r\n\r\n");
        HttpRequest request = HttpRequest.Parse(head, out _) ?? throw new AssertionException("no request");
        return new WebGate(["superd.example.org", "other.example.org:8443"]).WhyRefused(request, head);
    }
}
