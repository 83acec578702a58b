using NUnit.Framework;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Logging;
using SuperD.Tests.Support;
using static SuperD.Tests.Admission.Peers;

namespace SuperD.Tests.Admission;

/// <summary>Address files that change while superd runs.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AddressFilesTests : IDisposable
{
    private readonly TempDir _directory = new();
    private readonly RecordingLog _log = new();

    [Test]
    public void A_file_is_read_again_when_it_has_changed()
    {
        using AddressFiles files = Files();
        AddressSet set = Use(files, "10.0.0.0/8");
        Assert.That((set.Contains(Peer("10.1.2.3")), set.Contains(Peer("11.0.0.1"))), Is.EqualTo((true, false)));
        Write("11.0.0.0/8");
        LookTwice(files);
        Assert.That((set.Contains(Peer("10.1.2.3")), set.Contains(Peer("11.0.0.1"))), Is.EqualTo((false, true)));
        Assert.That(_log.Lines.Single().Message, Does.Match("^read .*addresses[.]txt addresses=1$"));
    }

    [Test]
    public void A_file_that_is_being_written_is_not_taken_half()
    {
        using AddressFiles files = Files();
        AddressSet set = Use(files, "10.0.0.0/8");
        Write("");
        files.Look();
        Write("10.0.0.0/8\n11.0.0.0/8");
        files.Look();
        Assert.That(_log.Lines, Is.Empty, "it was another one at each look");
        files.Look();
        Assert.That(set.Contains(Peer("11.0.0.1")), Is.True);
    }

    [TestCase("10.0.0.0/8\nnobody", TestName = "A_mistake_in_the_file_leaves_its_last_good_addresses_in_force")]
    [TestCase(null, TestName = "A_file_that_has_gone_leaves_its_last_good_addresses_in_force")]
    public void Last_good(string? text)
    {
        using AddressFiles files = Files();
        AddressSet set = Use(files, "10.0.0.0/8 11.0.0.0/8");
        Write(text);
        for (int i = 0; i < 5; i++)
        {
            files.Look();
        }

        Assert.That(set.Contains(Peer("11.0.0.1")), Is.True);
        Assert.That(_log.Lines.Single().Id.Id, Is.EqualTo(EventIds.AddressesKept), "told once");
        Write("12.0.0.0/8");
        LookTwice(files);
        Assert.That(
            (set.Contains(Peer("11.0.0.1")), set.Contains(Peer("12.0.0.1"))), Is.EqualTo((false, true)), "and read again when it is good");
    }

    [Test]
    public void A_file_that_others_can_change_leaves_its_last_good_addresses_in_force_until_that_is_mended()
    {
        Needs.Root();
        using AddressFiles files = Files();
        files.TrustedOwners = [0];
        AddressSet set = Use(files, "10.0.0.0/8");
        _directory.Write("addresses.txt", "11.0.0.0/8", "666");
        LookTwice(files);
        LookTwice(files);
        Assert.That(set.Contains(Peer("10.1.2.3")), Is.True);
        Assert.That(
            _log.Lines.Single().Message, Does.Contain("can be changed by others than root (").And.Contain("has mode 0666"), "told once");

        File.SetUnixFileMode(_directory["addresses.txt"], UnixFileMode.UserRead);
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)511);
        LookTwice(files);
        Assert.That((_log.Lines.Count, set.Contains(Peer("10.1.2.3"))), Is.EqualTo((2, true)), "its directory is open now");

        File.SetUnixFileMode(_directory.Path, (UnixFileMode)493);
        LookTwice(files);
        Assert.That(
            (set.Contains(Peer("10.1.2.3")), set.Contains(Peer("11.0.0.1"))),
            Is.EqualTo((false, true)),
            "the file itself has not changed since");
    }

    [Test]
    public void A_file_that_two_services_name_is_one()
    {
        using AddressFiles files = Files();
        AddressFile file = Read("10.0.0.0/8");
        LiveAddressFile first = files.Use(file);
        Assert.That(files.Use(file), Is.SameAs(first));
    }

    public void Dispose() => _directory.Dispose();

    private AddressFiles Files() => new(new FakeTime(), action => action(), _log);

    private AddressSet Use(AddressFiles files, string text) => new(new AddressListDefinition([], [Read(text)]), files);

    private AddressFile Read(string text)
    {
        Write(text);
        return AddressFile.Read(_directory["addresses.txt"], new Problems(), strict: null)!; // just written
    }

    private void Write(string? text)
    {
        if (text is null)
        {
            File.Delete(_directory["addresses.txt"]);
        }
        else
        {
            _directory.Write("addresses.txt", text);
        }
    }

    private static void LookTwice(AddressFiles files)
    {
        files.Look();
        files.Look();
    }
}
