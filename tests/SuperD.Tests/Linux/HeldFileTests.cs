using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>A held file detects every way in which its path can come to lead to another file.</summary>
public sealed class HeldFileTests
{
    private readonly TempDir _directory = new();
    private string _path = string.Empty;
    private string _link = string.Empty;

    [SetUp]
    public void WriteFiles()
    {
        _path = _directory.Write("program", "#!/bin/sh\nexit 1\n", "755");
        _ = _directory.Write("other", "#!/bin/sh\nexit 2\n", "755");
        _link = _directory["link"];
        File.Delete(_link);
        File.CreateSymbolicLink(_link, _path);
        Tool.Run("touch", "-r", _path, _directory["other"]);
    }

    [OneTimeTearDown]
    public void Remove() => _directory.Dispose();

    [Test]
    public void It_is_unchanged_while_nobody_changes_it()
    {
        using HeldFile file = Open(_link);
        _ = File.ReadAllText(_link);

        Assert.That(file.IsUnchanged, Is.True);
        Assert.That(file.IsBinary(), Is.False);
    }

    [TestCase("mv other program", TestName = "Another_file_is_moved_over_it")]
    [TestCase("rm program", TestName = "It_is_deleted")]
    [TestCase("rm program; mkdir program", TestName = "It_becomes_a_directory")]
    [TestCase("ln -sfn other link", TestName = "The_link_leads_elsewhere")]
    [TestCase("cp --preserve=timestamps other program", TestName = "It_is_written_to_with_the_same_length_and_its_time_set_back")]
    [TestCase("chmod 644 program", TestName = "Its_mode_changes")]
    public void It_is_not_unchanged_when(string command)
    {
        using HeldFile file = Open(_link);
        Tool.Run("sh", "-c", $"cd {_directory.Path} && {command}");

        Assert.That(file.IsUnchanged, Is.False);
        Tool.Run("rm", "-rf", _path);
    }

    [Test]
    public void A_FIFO_and_a_directory_are_refused_without_waiting_for_anybody()
    {
        Tool.Run("mkfifo", _directory["fifo"]);

        foreach (string path in (string[])[_directory["fifo"], _directory.Path, "/dev/null"])
        {
            Assert.That(HeldFile.Open(path, out HeldFile? none).Errno, Is.EqualTo(Errno.EACCES), path);
            Assert.That(none, Is.Null);
        }

        Assert.That(HeldFile.Open(_directory["missing"], out _).Errno, Is.EqualTo(Errno.ENOENT));
    }

    [Test]
    public void A_program_is_told_from_a_script()
    {
        using HeldFile file = Open("/proc/self/exe");
        Assert.That(file.IsBinary(), Is.True);
    }

    private static HeldFile Open(string path)
    {
        Assert.That(HeldFile.Open(path, out HeldFile? file).IsError, Is.False);
        return file!; // no error: the file is open
    }
}
