using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Tests.Configuration;

/// <summary>What /proc says of this very process.</summary>
public sealed class HostContextTests
{
    private static readonly HostContext Host = HostContext.Current();

    [Test]
    public void It_knows_whether_it_is_root() => Assert.That(Host.IsRoot, Is.EqualTo(Environment.IsPrivilegedProcess));

    [Test]
    public void It_knows_its_user() => Assert.That(UserDatabase.FindUser(Host.UserId, out _)!.Name, Is.EqualTo(Environment.UserName));

    [Test]
    public void It_knows_all_its_limits()
    {
        Assert.That(Host.HardLimits.Keys, Is.EquivalentTo(Enum.GetValues<Resource>()));
        Assert.That(Host.HardLimits[Resource.OpenFiles], Is.InRange(1ul, Host.MostOpenFiles));
    }

    [Test]
    public void It_knows_its_nice_value() => Assert.That((Host.Nice, Host.LowestNice), Is.InRange((-20, -20), (19, 20)));
}
