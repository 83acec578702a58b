using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Systemd;

namespace SuperD.Tests.Importing;

/// <summary>What the slices of a unit say is combined with what it says itself (systemd.resource-control(5)).</summary>
public sealed class SliceTests
{
    private const string Deny = "[Slice]\nIPAddressDeny=any\n";

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [TestCase("Slice=x.slice", "x.slice")]
    [TestCase("Slice=x.slice", "x.slice.d/50.conf")]
    [TestCase("Slice=x.slice", "-.slice")]
    [TestCase("Slice=x.slice", "-.slice.d/50.conf")]
    [TestCase("Slice=x.slice", "slice.d/50.conf")]
    [TestCase("Slice=a-b-c.slice", "a-b-c.slice")]
    [TestCase("Slice=a-b-c.slice", "a-b.slice")]
    [TestCase("Slice=a-b-c.slice", "a.slice")]
    [TestCase("Slice=a-b-c.slice", "a-.slice.d/50.conf")]
    [TestCase("Slice=y.slice\nSlice=x.slice", "x.slice")]
    [TestCase("Slice=x.slice\nSlice=", "x.slice")]
    [TestCase("Slice=%p.slice", "v.slice")]
    [TestCase("", "system.slice")]
    [TestCase("", "system.slice.d/50.conf")]
    [TestCase("", "-.slice")]
    public void A_list_of_each_slice_of_the_socket_is_combined(string line, string file)
    {
        _source.Directory.Write(file, Deny);
        ServiceFile imported = Import($"{line}\n");
        Assert.That(imported["only_from"], Is.EqualTo("[]"));
        Assert.That(
            imported.Render().Replace("\n# ", " "),
            Does.Contain($"with what the slices of v.socket say: IPAddressDeny=any ({_source.Directory[file]}:2)"));
        Assert.That(Import($"{line}\nIPAddressAllow=10.0.0.0/8\n")["only_from"], Is.EqualTo("\"10.0.0.0/8\""));
    }

    [TestCase("Slice=x.slice", "y.slice")]
    [TestCase("Slice=x.slice", "system.slice")]
    [TestCase("Slice=a-b.slice", "b.slice")]
    [TestCase("Slice=y.slice\nSlice=x.slice", "y.slice")]
    public void A_list_of_another_slice_is_not(string line, string file)
    {
        _source.Directory.Write(file, Deny);
        Assert.That(Import($"{line}\n")["only_from"], Is.Null);
    }

    [Test]
    public void A_slice_may_allow_what_the_socket_denies()
    {
        _source.Directory.Write("x.slice", "[Slice]\nIPAddressAllow=10.0.0.0/8\nIPAddressDeny=\n");
        Assert.That(Import("Slice=x.slice\nIPAddressDeny=any\n")["only_from"], Is.EqualTo("\"10.0.0.0/8\""));
    }

    [Test]
    public void An_instance_is_in_the_slice_of_its_template()
    {
        _source.Directory.Write("a-b@.socket", "[Socket]\nListenStream=9003\nAccept=yes\n");
        _source.Directory.Write("a-b@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n");
        _source.Directory.Write(@"system-a\x2db.slice", Deny);
        Assert.That(Read("a-b@one.socket")["only_from"], Is.EqualTo("[]"));
    }

    [Test]
    public void With_wait_a_list_of_a_slice_turns_the_service_off()
    {
        _source.Directory.Write("x.slice", Deny);
        ServiceFile file = _source.Systemd("ListenStream=9003\nSlice=x.slice", "ExecStart=/bin/cat");
        Assert.That(file.Reasons.Single(), Does.StartWith($"IPAddressDeny=any ({_source.Directory["x.slice"]}:2): "));
    }

    [TestCase("IPIngressFilterPath=/x")]
    [TestCase("RestrictNetworkInterfaces=lo")]
    [TestCase("IPAddressDeny=friend.example")]
    public void What_narrows_access_in_a_slice_and_cannot_be_kept_turns_the_service_off(string line)
    {
        _source.Directory.Write("x.slice", $"[Slice]\n{line}\n");
        Assert.That(Import("Slice=x.slice\n").Reasons.Single(), Does.StartWith($"{line} ("));
    }

    [TestCase("[Unit]\nAssertPathExists=/x\n")]
    [TestCase("[Unit]\nRequires=firewall.service\n")]
    [TestCase("[Slice\n")]
    [TestCase("")]
    public void A_slice_that_may_not_start_turns_the_service_off(string text)
    {
        _source.Directory.Write("x.slice", text);
        Assert.That(Import("Slice=x.slice\n").Enabled, Is.False);
    }

    [Test]
    public void A_masked_slice_turns_the_service_off()
    {
        File.CreateSymbolicLink(_source.Directory["x.slice"], "/dev/null");
        Assert.That(Import("Slice=x.slice\n").Reasons.Single(), Does.Contain("x.slice is masked: a link to /dev/null"));
    }

    [TestCase("[Unit]\nConditionPathExists=/x\n")]
    [TestCase("[Unit]\nRequires=system.slice -.slice\n")]
    [TestCase("[Slice]\nCPUWeight=100\n")]
    public void A_slice_that_changes_nothing_for_a_client_leaves_it_on(string text)
    {
        _source.Directory.Write("x.slice", text);
        ServiceFile file = Import("Slice=x.slice\n");
        Assert.That(file.Enabled, Is.True);
        Assert.That(file.Render(), Does.Not.Contain("Warning: "));
    }

    [TestCase("MemoryMax=1M")]
    [TestCase("TasksMax=5")]
    [TestCase("DeviceAllow=/dev/null")]
    [TestCase("IPAddressDeny=any")]
    [TestCase("Frobnicate=1")]
    public void What_narrows_the_program_in_a_slice_of_the_service_is_a_warning(string line)
    {
        _source.Directory.Write("x.slice", $"[Slice]\n{line}\n");
        ServiceFile file = Import("", "Slice=x.slice\n");
        Assert.That((file.Enabled, file["only_from"]), Is.EqualTo((true, (string?)null)));
        Assert.That(file.Render(), Does.Contain($"# Warning: {line} ("));
    }

    [TestCase("Slice=x.service")]
    [TestCase("Slice=x")]
    [TestCase("Slice=a--b.slice")]
    [TestCase("Slice=../x.slice")]
    public void The_name_of_no_slice_turns_the_service_off(string line)
    {
        Assert.That(Import($"{line}\n").Reasons.Single(), Does.StartWith($"{line} (").And.EndWith("is the name of no slice"));
        Assert.That(Import("", $"{line}\n").Reasons.Single(), Does.StartWith($"{line} (").And.EndWith("is the name of no slice"));
    }

    private ServiceFile Import(string socket, string service = "")
    {
        _source.Directory.Write("v.socket", $"[Socket]\nListenStream=9003\nAccept=yes\n{socket}");
        _source.Directory.Write("v@.service", $"[Service]\nExecStart=/bin/cat\nStandardInput=socket\n{service}");
        return Read("v.socket");
    }

    private ServiceFile Read(string unit) =>
        SystemdMapper.Import([_source.Directory[unit]], new ImportReport(), ImportCorpus.Host).Files!.Single(); // the files are there
}
