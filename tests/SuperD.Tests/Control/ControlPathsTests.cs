using NUnit.Framework;
using SuperD.Control;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Control;

/// <summary>The directory of the console's socket, inside a directory where every user may create directories.</summary>
public sealed class ControlPathsTests
{
    private TempDir _directory = null!; // made before each test

    [SetUp]
    public void Prepare() => _directory = new TempDir();

    [TearDown]
    public void Clean_up() => _directory.Dispose();

    [Test]
    public void A_directory_that_is_not_there_is_made_for_its_owner_alone()
    {
        Assert.That(Prepare("own/console.sock"), Is.Null);

        Assert.That(
            File.GetUnixFileMode(_directory["own"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public void One_that_others_may_write_to_is_no_place()
    {
        _directory.MakeDirectory("shared", "777");

        Assert.That(Prepare("shared/console.sock"), Is.EqualTo($"others may write to {_directory["shared"]}"));
    }

    [Test]
    public void One_of_another_user_is_no_place() => Assert.That(
        ControlPaths.Prepare(_directory["console.sock"], UnixSocket.OwnUserId + 1),
        Is.EqualTo($"{_directory.Path} belongs to uid {UnixSocket.OwnUserId}"));

    [Test]
    public void A_link_to_a_directory_is_none()
    {
        _directory.MakeDirectory("real", "700");
        File.CreateSymbolicLink(_directory["link"], _directory["real"]);

        Assert.That(Prepare("link/console.sock"), Does.StartWith($"{_directory["link"]} is "));
    }

    private string? Prepare(string socket) => ControlPaths.Prepare(_directory[socket], UnixSocket.OwnUserId);
}
