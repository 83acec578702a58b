using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>A path that is opened step by step leads where openat2(2) leads.</summary>
public sealed class PathWalkTests
{
    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void MakeTree()
    {
        _directory = new TempDir();
        _directory.Write("a/b/file", "");
        Directory.CreateSymbolicLink(_directory["a/up"], "../a/b");
        Directory.CreateSymbolicLink(_directory["absolute"], "/a/b");
        Directory.CreateSymbolicLink(_directory["loop"], "loop");
        Directory.CreateSymbolicLink(_directory["out"], "../../../../etc");
    }

    [TearDown]
    public void DeleteTree() => _directory.Dispose();

    [TestCase("/a/b/file")]
    [TestCase("/")]
    [TestCase("/a//./b/../b/")]
    [TestCase("/a/up/file")]
    [TestCase("/absolute/file")]
    [TestCase("/../../a/b")]
    [TestCase("/out")]
    [TestCase("/loop")]
    [TestCase("/a/missing")]
    [TestCase("/a/b/file/below")]
    public void Inside_a_root(string path)
    {
        Assert.That(PathWalk.Open(root: null, _directory.Path, followsLinks: true, out Fd? root), Is.Zero);
        using (root)
        {
            int errno = LandlockRuleset.TryOpen(root, path, out Fd? expected);
            Assert.That(PathWalk.Open(root, path, followsLinks: true, out Fd? found), Is.EqualTo(errno));
            using (expected)
            using (found)
            {
                Assert.That(IdentityOf(found), Is.EqualTo(IdentityOf(expected)));
            }
        }
    }

    private static FileIdentity IdentityOf(Fd? file) => file is null ? default : FileIdentity.Of(file);

    [Test]
    public void Without_a_root_and_without_links()
    {
        Assert.That(PathWalk.Open(root: null, "/proc/self", followsLinks: false, out _), Is.EqualTo(Errno.ELOOP));
        Assert.That(PathWalk.Open(root: null, _directory["a/b"], followsLinks: false, out Fd? found), Is.Zero);
        using (found)
        {
            Assert.That(FileIdentity.Of(found!), Is.EqualTo(FileIdentity.Of(_directory["a/b"]))); // it is open
        }
    }
}
