using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>How a ruleset is made of paths, and when it is out of date.</summary>
public sealed class LandlockRulesetTests
{
    private TempDir _directory = null!; // set up

    [SetUp]
    public void MakeDirectory()
    {
        Needs.Landlock(1);
        _directory = new TempDir();
    }

    [TearDown]
    public void DeleteDirectory() => _directory?.Dispose();

    [Test]
    public void An_error_names_the_path_and_why()
    {
        string missing = _directory["missing"];
        string file = _directory.Write("file", "");

        Assert.That(ErrorOf(Read(missing)), Is.EqualTo(new LandlockError(missing, Errno.ENOENT)));
        Assert.That(ErrorOf(Read($"{file}/below")), Is.EqualTo(new LandlockError($"{file}/below", Errno.ENOTDIR)));
        Assert.That(ErrorOf(Read(file), Read(missing) with { IsOptional = true }), Is.Null);
        Assert.That(
            LandlockRuleset.Create([Read("/")], root: missing, networkOff: false, out _),
            Is.EqualTo(new LandlockError(missing, Errno.ENOENT)));
    }

    [Test]
    public void Every_version_of_the_interface_takes_every_kind_of_path()
    {
        string file = _directory.Write("file", "");
        LandlockRule[] rules = [.. from path in new[] { _directory.Path, file, "/dev/null", "/dev" }
                                   from access in Enum.GetValues<LandlockAccess>()
                                   select new LandlockRule(path, access)];

        for (int abi = 1; abi <= Landlock.Abi; abi++)
        {
            LandlockError? error = LandlockRuleset.Create(rules, null, networkOff: true, abi, out LandlockRuleset? ruleset);
            Assert.That(error, Is.Null, $"ABI {abi}");
            ruleset!.Dispose(); // no error
        }
    }

    [TestCase(1, 13)]
    [TestCase(2, 14)]
    [TestCase(3, 15)]
    [TestCase(4, 15)]
    [TestCase(5, 16)]
    [TestCase(9, 16)]
    public void An_interface_knows_the_rights_of_its_time(int abi, int count) =>
        Assert.That((ulong)Landlock.RightsOf(abi), Is.EqualTo((1UL << count) - 1));

    [Test]
    public void It_is_current_until_a_path_leads_to_another_file()
    {
        string directory = _directory.MakeDirectory("directory");
        string link = _directory["link"];
        Directory.CreateSymbolicLink(link, _directory.MakeDirectory("first"));
        _directory.MakeDirectory("second");
        LandlockRule[] rules = [Read(directory), Read(link), Read(_directory["optional"]) with { IsOptional = true }];

        using (LandlockRuleset ruleset = Make(rules))
        {
            _directory.Write("directory/file", "");
            Assert.That(ruleset.IsCurrent(), Is.True, "what is in a directory does not matter");

            Directory.Delete(directory, recursive: true);
            Assert.That(ruleset.IsCurrent(), Is.False, "it is gone");
            _directory.MakeDirectory("directory");
            Assert.That(ruleset.IsCurrent(), Is.False, "it is another");
        }

        using (LandlockRuleset ruleset = Make(rules))
        {
            Assert.That(ruleset.IsCurrent(), Is.True);
            File.Delete(link);
            Directory.CreateSymbolicLink(link, _directory["second"]);
            Assert.That(ruleset.IsCurrent(), Is.False, "the link leads elsewhere");
        }

        using (LandlockRuleset ruleset = Make(rules))
        {
            Assert.That(ruleset.IsCurrent(), Is.True);
            _directory.MakeDirectory("optional");
            Assert.That(ruleset.IsCurrent(), Is.False, "what was missing has come");
        }
    }

    [Test]
    public void A_path_below_a_new_root_does_not_lead_out_of_it()
    {
        string root = _directory.MakeDirectory("root");
        _directory.MakeDirectory("root/etc");
        Directory.CreateSymbolicLink(_directory["root/absolute"], "/etc");
        Directory.CreateSymbolicLink(_directory["root/upward"], "../../../etc");
        Directory.CreateSymbolicLink(_directory["root/outside"], _directory.Path);

        LandlockError? error = LandlockRuleset.Create(
            [Read("/absolute"), Read("/upward"), Read("/../etc")], root, networkOff: false, out LandlockRuleset? ruleset);

        Assert.That(error, Is.Null);
        using (ruleset)
        {
            Assert.That(ruleset!.IsCurrent(), Is.True); // no error
            Directory.Move(_directory["root/etc"], _directory["root/old"]);
            _directory.MakeDirectory("root/etc");
            Assert.That(ruleset.IsCurrent(), Is.False, "its links lead to the root's own /etc");
        }

        Assert.That(
            LandlockRuleset.Create([Read("/outside")], root, networkOff: false, out _),
            Is.EqualTo(new LandlockError("/outside", Errno.ENOENT)));
    }

    [Test]
    public void A_link_in_a_place_that_the_process_may_change_is_not_followed()
    {
        _directory.MakeDirectory("place");
        _directory.MakeDirectory("place/real");
        Directory.CreateSymbolicLink(_directory["place/link"], "real");
        Directory.CreateSymbolicLink(_directory["outer"], "place");
        LandlockRule write = new(_directory["outer"], LandlockAccess.Write);

        Assert.That(ErrorOf(write, Read(_directory["place/real"])), Is.Null, "the link to the place is not in it");
        Assert.That(ErrorOf(Read(_directory["place/link"])), Is.Null, "nothing may be changed");
        string link = _directory["outer/link"];
        Assert.That(ErrorOf(write, Read(link)), Is.EqualTo(new LandlockError(link, Errno.ELOOP)));
        Assert.That(ErrorOf(write, Read($"{link}/sub")), Is.EqualTo(new LandlockError($"{link}/sub", Errno.ELOOP)));
        Assert.That(ErrorOf(write, Read(link) with { IsOptional = true }), Is.Null, "there is no rule for it");
    }

    [Test]
    public void Its_descriptor_is_closed_on_exec_and_by_Dispose_and_no_other_stays_open()
    {
        LandlockRuleset ruleset = Make(Read(_directory.Path), Read("/"));
        int descriptor = (int)ruleset.Handle.DangerousGetHandle();

        Assert.That(ProcFs.Descriptors(Environment.ProcessId)[descriptor], Is.EqualTo("anon_inode:[landlock-ruleset]"));
        Assert.That(ProcFs.DescriptorFlags(Environment.ProcessId, descriptor) & LibC.O_CLOEXEC, Is.Not.Zero);
        Assert.That(ProcFs.Descriptors(Environment.ProcessId).Values, Does.Not.Contain(_directory.Path));

        ruleset.Dispose();
        Assert.That(ruleset.Handle.IsClosed, Is.True);
    }

    private static LandlockRule Read(string path) => new(path, LandlockAccess.Read);

    private static LandlockError? ErrorOf(params LandlockRule[] rules)
    {
        LandlockError? error = LandlockRuleset.Create(rules, root: null, networkOff: false, out LandlockRuleset? ruleset);
        ruleset?.Dispose();
        return error;
    }

    private static LandlockRuleset Make(params LandlockRule[] rules)
    {
        Assert.That(LandlockRuleset.Create(rules, root: null, networkOff: false, out LandlockRuleset? ruleset), Is.Null);
        return ruleset!; // no error
    }
}
