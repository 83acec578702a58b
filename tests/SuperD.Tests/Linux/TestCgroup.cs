using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>A cgroup v2 for one test, a child of the cgroup that the test runs in; Dispose removes it.</summary>
internal sealed class TestCgroup : IDisposable
{
    private readonly Cgroup _parent;
    private readonly Cgroup _group;
    private readonly List<LeafCgroup> _leaves = [];
    private readonly string _name = $"superd-test-{Guid.NewGuid():N}";

    private TestCgroup(string path)
    {
        _ = Cgroup.Open(path, out Cgroup? parent);
        _parent = parent!; // found a moment ago
        _ = _parent.CreateAndOpen(_name, out Fd? directory);
        Directory = directory!; // Needs has checked
        _ = Cgroup.Open($"{path}/{_name}", out Cgroup? group);
        _group = group!; // just created
    }

    /// <summary>The cgroup to launch into.</summary>
    public Fd Directory { get; }

    public static TestCgroup Create()
    {
        Needs.Root();
        Needs.Cgroups();
        return new TestCgroup(Cgroup.FindOwn()!); // it exists
    }

    /// <summary>Writes to one of its control files.</summary>
    public void Write(string file, string text) => File.WriteAllText($"{_parent.Path}/{_name}/{file}", text);

    /// <summary>A child cgroup.</summary>
    public LeafCgroup Leaf(string name)
    {
        var leaf = new LeafCgroup(_group, name);
        _leaves.Add(leaf);
        return leaf;
    }

    public void Dispose()
    {
        foreach (LeafCgroup leaf in _leaves)
        {
            leaf.Dispose();
            Patience.Until(() => !_group.Remove(leaf.Name).IsError, "the test's cgroup is empty");
        }

        _group.Dispose();
        Directory.Dispose();
        Patience.Until(() => !_parent.Remove(_name).IsError, "the test's cgroup is empty");
        _parent.Dispose();
    }
}
