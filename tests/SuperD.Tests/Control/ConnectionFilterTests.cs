using System.Net;
using NUnit.Framework;
using SuperD.Control;
using SuperD.Linux;
using SuperD.Services;
using SuperD.Tests.Configuration;
using static SuperD.Tests.Admission.Peers;

namespace SuperD.Tests.Control;

/// <summary>Which connections a console command selects.</summary>
public sealed class ConnectionFilterTests
{
    [TestCase(null, null, null, true)]
    [TestCase(17L, null, null, true)]
    [TestCase(18L, null, null, false)]
    [TestCase(null, "han", null, true)]
    [TestCase(null, "HAN", null, false)]
    [TestCase(null, null, "192.0.2.0/24", true)]
    [TestCase(null, null, "198.51.100.0/24", false)]
    [TestCase(17L, "han", "198.51.100.0/24", false, TestName = "All_that_is_given_must_hold")]
    public void A_connection_fits(long? id, string? service, string? from, bool fits)
    {
        var filter = new ConnectionFilter(id, service, from is null ? null : Prefix(from));

        Assert.That(filter.Fits(Connection()), Is.EqualTo(fits));
    }

    [TestCase(17L, "han", "10.0.0.0/8", "id 17 service han from 10.0.0.0/8")]
    [TestCase(null, "han", null, "service han")]
    [TestCase(null, null, null, "")]
    public void The_log_has_what_is_given(long? id, string? service, string? from, string text) =>
        Assert.That(new ConnectionFilter(id, service, from is null ? null : Prefix(from)).ToString(), Is.EqualTo(text));

    private static Connection Connection()
    {
        var service = new Service(ConfigurationFiles.DefinitionOf(ConfigurationFiles.Listen + ConfigurationFiles.Exec));
        return new Connection(17, service, new Fd(-1), Client("192.0.2.7"), InetEndPoint.From(new IPEndPoint(IPAddress.Loopback, 1)));
    }
}
