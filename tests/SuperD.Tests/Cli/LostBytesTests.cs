using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary>Arguments and directories that are not UTF-8 are refused, as no .NET string can hold them; nothing is touched.</summary>
public sealed class LostBytesTests
{
    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void Make() => _directory = new TempDir();

    [TearDown]
    public void Delete()
    {
        Tool.Run("find", _directory.Path, "-mindepth", "1", "-delete"); // .NET cannot delete what it cannot name
        _directory.Dispose();
    }

    [Test]
    public void No_command_works_in_a_directory_that_it_cannot_name()
    {
        ProgramResult result = Shell("d=$(printf '\\377d'); mkdir \"$d\"; cd \"$d\"; \"$0\" init");

        Assert.That((result.ExitCode, result.StandardOutput), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(result.StandardError, Does.Match("^superd: the path of the working directory, .*, is not UTF-8, [^\n]*\n$"));
        Assert.That(Shell("ls -A | wc -l; ls -A */ | wc -l").StandardOutput, Is.EqualTo("1\n0\n"));
    }

    [TestCase("add a7 31014 cat \"$(printf 'x\\377')\"")]
    [TestCase("check -c \"$(printf 'x\\377')\"")]
    [TestCase("init \"$(printf 'x\\377')\"")]
    public void No_argument_is_used_that_has_lost_bytes(string command)
    {
        Shell("\"$0\" init");

        ProgramResult result = Shell($"\"$0\" {command}");

        Assert.That(
            (result.ExitCode, result.StandardOutput, result.StandardError.Split(';')[0]),
            Is.EqualTo((ExitCode.Usage, "", "superd: the argument x\\xff is not UTF-8, and superd uses no other text")));
        Assert.That(Directory.GetFileSystemEntries(_directory.Path), Has.Length.EqualTo(2), "what init wrote");
        Assert.That(Directory.GetFiles(_directory["services.d"]), Has.Length.EqualTo(1));
    }

    [Test]
    public void The_sign_that_stands_for_lost_bytes_may_be_written()
    {
        _directory.MakeDirectory("\uFFFD");
        ProgramResult result = SuperdProgram.Run(_directory["\uFFFD"], "init", "\uFFFD");
        Assert.That((result.ExitCode, result.StandardError), Is.EqualTo((ExitCode.Ok, "")));
        Assert.That(_directory["\uFFFD/\uFFFD/superd.toml"], Does.Exist);
    }

    private ProgramResult Shell(string script) => RunningProgram.RunToEnd("sh", ["-c", script, SuperdProgram.Path], _directory.Path);
}
