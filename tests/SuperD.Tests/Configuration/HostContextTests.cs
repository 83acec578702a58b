using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Tests.Configuration;

/// <summary>The host context describes this very process.</summary>
public sealed class HostContextTests
{
    private static readonly HostContext s_host = HostContext.Current();

    [Test]
    public void It_knows_whether_it_is_root() => Assert.That(s_host.IsRoot, Is.EqualTo(Environment.IsPrivilegedProcess));

    [Test]
    public void It_knows_its_user() => Assert.That(UserDatabase.FindUser(s_host.UserId, out _)!.Name, Is.EqualTo(Environment.UserName));

    [Test]
    public void It_knows_all_its_limits()
    {
        Assert.That(s_host.HardLimits.Keys, Is.EquivalentTo(Enum.GetValues<Resource>()));
        Assert.That(s_host.HardLimits[Resource.OpenFiles], Is.InRange(1ul, s_host.MostOpenFiles));
    }

    [Test]
    public void It_knows_its_nice_value() => Assert.That((s_host.Nice, s_host.LowestNice), Is.InRange((-20, -20), (19, 20)));
}
