using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>What a jail's root has, for paths that lead through links, lie in one another, or are missing.</summary>
public sealed class JailLayoutTests
{
    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public void A_link_is_a_link_in_the_jail_and_its_target_is_mounted()
    {
        _directory.Write("real/file", "");
        File.CreateSymbolicLink(_directory["link"], "real");
        JailLayout layout = LayoutOf(Read(_directory["link/file"]));
        Assert.That(
            layout.Nodes.Select(node => (node.Path, node.Target)),
            Is.EqualTo(
                [
                    .. Above(_directory.Path), (_directory["link"], "real"), (_directory["real"], null),
                    (_directory["real/file"], JailLayout.EmptyFile),
                ]));
        Assert.That(layout.Mounts.Select(mount => mount.Target), Is.EqualTo([_directory["real/file"]]));
    }

    [Test]
    public void What_another_mount_shows_is_not_mounted_twice_and_what_has_more_rights_is()
    {
        _directory.MakeDirectory("a/b/c");
        _directory.MakeDirectory("a/d");
        JailLayout layout = LayoutOf(Read(_directory["a/b"]), Read(_directory["a"]), Write(_directory["a/b/c"]), Read(_directory["a/b/c"]));
        Assert.That(
            layout.Mounts.Select(mount => (mount.Target, mount.Access)),
            Is.EqualTo([(_directory["a"], LandlockAccess.Read), (_directory["a/b/c"], LandlockAccess.Write)]));
        Assert.That(layout.Nodes[^1].Path, Is.EqualTo(_directory["a"]), "what is below is there");
    }

    [Test]
    public void A_path_that_is_missing_is_an_error_unless_it_may_be()
    {
        Assert.That(JailLayout.Find(Spec(Read(_directory["no"])), out _), Is.EqualTo(new LandlockError(_directory["no"], Errno.ENOENT)));
        Assert.That(JailLayout.Find(Spec(Read(_directory["no"]) with { IsOptional = true }), out JailLayout? layout), Is.Null);
        Assert.That(layout!.Mounts, Is.Empty);
    }

    [Test]
    public void A_link_that_the_program_could_change_is_not_followed()
    {
        _directory.MakeDirectory("state");
        File.CreateSymbolicLink(_directory["state/link"], "/root");
        Assert.That(
            JailLayout.Find(Spec(Write(_directory["state"]), Read(_directory["state/link"])), out _),
            Is.EqualTo(new LandlockError(_directory["state/link"], Errno.ELOOP)));
    }

    [Test]
    public void Nor_is_one_that_it_could_change_by_another_name_of_its_place()
    {
        _directory.MakeDirectory("real/state");
        File.CreateSymbolicLink(_directory["name"], "real");
        File.CreateSymbolicLink(_directory["real/state/link"], "/root");
        Assert.That(
            JailLayout.Find(Spec(Write(_directory["name/state"]), Read(_directory["real/state/link"])), out _),
            Is.EqualTo(new LandlockError(_directory["real/state/link"], Errno.ELOOP)));
    }

    [Test]
    public void Its_text_changes_with_what_a_path_leads_to_and_with_nothing_else()
    {
        _directory.MakeDirectory("a");
        string first = LayoutOf(Read(_directory["a"])).Text;
        _directory.Write("a/file", "");
        Assert.That(LayoutOf(Read(_directory["a"])).Text, Is.EqualTo(first));
        Directory.Move(_directory["a"], _directory["b"]);
        _directory.MakeDirectory("a");
        Assert.That(LayoutOf(Read(_directory["a"])).Text, Is.Not.EqualTo(first));
    }

    [Test]
    public void A_bind_below_a_link_of_the_jail_is_where_the_link_leads()
    {
        _directory.MakeDirectory("real");
        File.CreateSymbolicLink(_directory["link"], "real");
        JailSpec spec = Spec(Read(_directory["link"])) with { Binds = [new JailBind(_directory["link/more"], "/usr")] };
        Assert.That(JailLayout.Find(spec, out JailLayout? layout), Is.Null);
        Assert.That(layout!.Mounts.Select(mount => mount.Target), Is.EqualTo([_directory["real"], _directory["real/more"]]));
    }

    private static LandlockRule Read(string path) => new(path, LandlockAccess.Read);

    private static LandlockRule Write(string path) => new(path, LandlockAccess.Write);

    private static IEnumerable<(string, string?)> Above(string path) =>
        path == "/" ? [] : [.. Above(Path.GetDirectoryName(path)!), (path, null)]; // / alone has nothing above it

    private static JailSpec Spec(params LandlockRule[] files) =>
        new() { Name = "x", Files = files, Binds = [], Hostname = "x", HasOwnNetwork = true, HasTmp = false, HasProc = false };

    private static JailLayout LayoutOf(params LandlockRule[] files)
    {
        Assert.That(JailLayout.Find(Spec(files), out JailLayout? layout), Is.Null);
        return layout!; // there was no error
    }
}
