using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Systemd;
using SuperD.Tests.Support;

namespace SuperD.Tests.Importing;

/// <summary>Where systemd keeps what belongs to a unit: each directory counts, and one that cannot be read is never an empty one.</summary>
public sealed class UnitPlacesTests
{
    private const string Socket = "[Socket]\nListenStream=9003\nAccept=yes\n";
    private const string Service = "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n";
    private const string Closed = "[Socket]\nIPAddressDeny=any\n";

    /// <summary>systemd.unit(5), the system manager's; /lib is /usr/lib on a merged system.</summary>
    private static readonly string[] s_places =
    [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient", "/run/systemd/generator.early",
        "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system", "/run/systemd/system.attached",
        "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
        "/run/systemd/generator.late",
    ];

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource()
    {
        _source = new ImportSource();
        _source.Directory.Write("lib/v.socket", Socket);
        _source.Directory.Write("lib/v@.service", Service);
    }

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [Test]
    public void The_directories_are_those_of_systemd_in_its_order() =>
        Assert.That(new ImportHost().UnitDirectories, Is.EqualTo(s_places));

    /// <summary>An oracle, where it is: systemd's own list.</summary>
    [Test]
    public void The_directories_are_those_that_systemd_names()
    {
        Needs.Program("systemd-analyze");
        string[] named = Tool.Run("systemd-analyze", "unit-paths").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(named.Order(), Is.EqualTo(s_places.Order()));
    }

    [TestCase("control/v.socket.d/50-IPAddressDeny.conf")]
    [TestCase("control/socket.d/x.conf")]
    [TestCase("late/v.socket.d/x.conf")]
    [TestCase("late/socket.d/x.conf")]
    public void A_drop_in_of_each_directory_is_read(string file)
    {
        _source.Directory.Write(file, Closed);
        Assert.That(Import("v.socket")["only_from"], Is.EqualTo("[]"));
    }

    [TestCase("control/r-b.socket.d/x.conf")]
    [TestCase("late/r-.socket.d/x.conf")]
    public void A_drop_in_of_a_prefix_too(string file)
    {
        _source.Directory.Write("lib/r-b.socket", Socket);
        _source.Directory.Write("lib/r-b@.service", Service);
        _source.Directory.Write(file, Closed);
        Assert.That(Import("r-b.socket")["only_from"], Is.EqualTo("[]"));
    }

    [Test]
    public void A_unit_of_an_earlier_directory_wins_and_so_does_a_drop_in_of_the_same_name()
    {
        _source.Directory.Write("control/v.socket", Socket + "MaxConnections=3\n");
        _source.Directory.Write("control/v.socket.d/x.conf", "[Socket]\nMaxConnectionsPerSource=1\n");
        _source.Directory.Write("late/v.socket.d/x.conf", "[Socket]\nMaxConnectionsPerSource=9\n");
        ServiceFile file = Import("v.socket");
        Assert.That((file["instances"], file["per_source"]), Is.EqualTo(("3", "1")));
    }

    /// <summary>The administrator's service in /etc, whose socket is the distribution's in /usr/lib.</summary>
    [Test]
    public void The_service_of_an_earlier_directory_wins_over_the_one_beside_the_socket()
    {
        _source.Directory.Write("control/v@.service", Service + "User=nobody\n");
        Assert.That(Import("v.socket")["user"], Is.EqualTo("\"nobody\""));
        Assert.That(Import(_source.Directory["lib/v.socket"])["user"], Is.EqualTo("\"nobody\""));
    }

    [Test]
    public void The_drop_ins_of_a_unit_named_by_its_path_are_those_of_its_name()
    {
        _source.Directory.Write("control/v.socket.d/x.conf", Closed);
        Assert.That(Import(_source.Directory["lib/v.socket"])["only_from"], Is.EqualTo("[]"));
        _source.Directory.Write("else/v.socket", Socket);
        Assert.That(Import(_source.Directory["else/v.socket"])["only_from"], Is.EqualTo("[]"));
    }

    [TestCase("v.socket")]
    [TestCase("alias.socket")]
    public void A_unit_has_the_drop_ins_of_its_aliases(string unit)
    {
        _source.Directory.MakeDirectory("control");
        File.CreateSymbolicLink(_source.Directory["control/alias.socket"], _source.Directory["lib/v.socket"]);
        _source.Directory.Write("late/alias.socket.d/x.conf", Closed);
        ServiceFile file = Import(unit);
        Assert.That((file.Name, file["only_from"]), Is.EqualTo(("v", "[]")));
    }

    [TestCase("v.socket.requires")]
    [TestCase("v@.service.requires")]
    public void A_unit_that_a_directory_requires_decides_whether_it_starts(string directory)
    {
        _source.Directory.MakeDirectory($"control/{directory}");
        File.CreateSymbolicLink(_source.Directory[$"control/{directory}/firewall.service"], "/lib/systemd/system/firewall.service");
        ServiceFile file = Import("v.socket");
        Assert.That(file.Enabled, Is.False);
        Assert.That(file.Reasons.Single(), Does.StartWith("Requires=firewall.service ("));
    }

    /// <summary>A link to itself cannot be followed, by root neither; a directory of another user cannot be read.</summary>
    [TestCase("control/v.socket")]
    [TestCase("control/v@.service")]
    [TestCase("late/v.socket.d")]
    [TestCase("control/v@.service.d")]
    [TestCase("control/socket.d")]
    [TestCase("late/service.d")]
    [TestCase("control/v.socket.requires")]
    [TestCase("control/system.slice")]
    [TestCase("control/system.slice.d")]
    [TestCase("control/-.slice.d")]
    [TestCase("control/slice.d")]
    [TestCase("control/system-v.slice.d")]
    public void What_cannot_be_looked_into_ends_the_import(string name)
    {
        _source.Directory.MakeDirectory(Path.GetDirectoryName(name)!);
        File.CreateSymbolicLink(_source.Directory[name], _source.Directory[name]);
        (List<ServiceFile>? files, ImportProblem? problem) = SystemdMapper.Import(["v.socket"], _source.Report, Host);
        Assert.That(files, Is.Null);
        const string Why = "cannot be read: Too many levels of symbolic links (errno 40)";
        Assert.That(problem?.Text, Does.StartWith($"{_source.Directory[name]} {Why}"));
        Assert.That(problem?.IsOtherContent, Is.False);
    }

    [TestCase("late/v.socket.d")]
    [TestCase("late")]
    public void What_is_no_directory_has_nothing(string name)
    {
        _source.Directory.Write(name, "");
        Assert.That(Import("v.socket").Enabled, Is.True);
    }

    private ImportHost Host => ImportCorpus.Host with
    {
        UnitDirectories = [_source.Directory["control"], _source.Directory["lib"], _source.Directory["late"]],
    };

    private ServiceFile Import(string unit) => SystemdMapper.Import([unit], _source.Report, Host).Files!.Single(); // the files are there
}
