using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Linux;

public sealed class UserDatabaseTests
{
    [Test]
    public void Root_is_found_by_name_and_by_number()
    {
        string[] entry = File.ReadLines("/etc/passwd").Single(line => line.StartsWith("root:")).Split(':');
        var root = new User("root", 0, 0, entry[5], entry[6]);
        Assert.That(UserDatabase.FindUser("root", out _), Is.EqualTo(root));
        Assert.That(UserDatabase.FindUser(0, out _), Is.EqualTo(root));
        Assert.That(UserDatabase.FindGroup("root", out _) is { Name: "root", GroupId: 0 });
        Assert.That(UserDatabase.FindGroup(0, out _), Is.EqualTo(UserDatabase.FindGroup("root", out _)));
    }

    [Test]
    public void Who_is_not_there_is_null_without_an_errno()
    {
        Assert.That(UserDatabase.FindUser("no-such-user", out int errno), Is.Null);
        Assert.That(errno, Is.Zero);
        Assert.That(UserDatabase.FindGroup(987654, out errno), Is.Null);
        Assert.That(errno, Is.Zero);
        Assert.That(UserDatabase.FindUser("", out errno), Is.Null);
        Assert.That(errno, Is.Zero);
    }

    [Test]
    public void The_groups_of_a_user_hold_its_own_group() => Assert.That(UserDatabase.GroupsOf("root", 0), Does.Contain(0u));

    [Test]
    public void The_groups_of_an_unknown_user_are_the_one_given() =>
        Assert.That(UserDatabase.GroupsOf("no-such-user", 77), Is.EqualTo([77u]));
}
