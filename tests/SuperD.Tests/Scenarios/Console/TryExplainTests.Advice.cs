using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>What is advised: a directory for many files, capabilities, permissions, and what a jail lacks.</summary>
public sealed partial class TryExplainTests
{
    [Test]
    public void Many_files_are_one_directory_and_what_programs_survive_comes_last()
    {
        foreach (string name in (string[])["modules/a/1", "modules/a/2", "modules/b/3"])
        {
            _data.Write(name, "text\n");
        }

        Service("reader", $"""
            cat /sys/kernel/mm/transparent_hugepage/enabled
            for each in a/1 a/2 b/3; do cat {_data["modules"]}/$each; done
            cat {_data["file"]}; echo x >{_data["new"]}
            true
            """);

        Assert.That(Told(Explain("reader"))[1..], Is.EqualTo(new[]
        {
            $"  1x {_data["new"]}: writable = [\"{_data.Path}\"]",
            "  1x /sys/kernel/mm/transparent_hugepage/enabled: readable = [\"/sys/kernel/mm/transparent_hugepage/enabled\"]; or its "
                + "directory, \"/sys/kernel/mm/transparent_hugepage\", if it needs what is beside it; most programs do without",
        }), "what is writable is readable too");

        Service("reader", $"for each in a/1 a/2 b/3; do cat {_data["modules"]}/$each; done; true");
        Assert.That(Told(Explain("reader"))[1..], Is.EqualTo(new[]
        {
            $"  3x 3 paths in {_data["modules"]}: readable = [\"{_data["modules"]}\"]",
        }));
    }

    [Test]
    public void A_capability_that_a_sandbox_took_from_root_is_named()
    {
        Needs.Root();
        Needs.Program("python3");
        using OutsideDir outside = new();
        outside.Write("owned", "");
        File.SetUnixFileMode(outside["owned"], UnixFileMode.UserRead);
        RunningProgram.RunToEnd("chown", ["nobody", outside["owned"]], outside.Path);
        string program = $"""
            import os, socket
            def attempt(call, *arguments):
                try: call(*arguments)
                except OSError: pass
            attempt(socket.socket().bind, ("127.0.0.1", 80))
            attempt(os.chown, "{_data["file"]}", 65534, 65534)
            attempt(os.setgid, 65534)
            attempt(open, "{outside["owned"]}")
            attempt(os.chroot, "/usr")
            attempt(os.setgid, 0)
            """;
        _directory.Write(
            "services.d/rooted.toml",
            "listen = '127.0.0.1:0'\nuser = 'root'\nsandbox = 'basic'\n"
            + $"readable = ['{outside.Path}']\nwritable = ['{_data.Path}']\n"
            + $"exec = {TomlText.Of("/usr/bin/python3", "-I", "-c", program)}\n");

        Assert.That(Told(Explain("rooted"))[1..], Is.EqualTo(new[]
        {
            "  1x bind 127.0.0.1:80: capabilities = [\"net_bind_service\"]",
            "  1x chown: capabilities = [\"chown\"]",
            "  1x setgid: capabilities = [\"setgid\"]",
            $"  1x {outside["owned"]}: capabilities = [\"dac_read_search\"]; {outside["owned"]} is nobody:root 0400, and root in a sandbox "
                + "is a user like others",
            "  1x chroot: capabilities = [\"sys_chroot\"], syscalls = [\"+chroot\"]; it takes a privilege",
        }));
    }

    [Test]
    public void What_only_permissions_refuse_is_told_as_that()
    {
        Needs.Root();
        using OutsideDir outside = new();
        Service("writer", $"(echo x >{outside["new"]}) 2>/dev/null; true", $"user = \"nobody\"\nwritable = [\"{outside.Path}\"]");
        Assert.That(Told(Explain("writer"))[1..], Is.EqualTo(new[]
        {
            $"  1x {outside["new"]}: file permissions, not the sandbox: {outside.Path} is root:root 0755, and user nobody may not "
                + "change it",
        }));

        Service("writer", $"(echo x >{outside["new"]}) 2>/dev/null; true", "user = \"nobody\"");
        Assert.That(Told(Explain("writer"))[1..], Is.EqualTo(new[]
        {
            $"  1x {outside["new"]}: user nobody may not change it either: {outside.Path} is root:root 0755; give it the right, then "
                + $"writable = [\"{outside.Path}\"]",
        }));
    }

    [TestCase("root")]
    [TestCase("nobody")]
    public void What_a_jail_lacks_and_what_is_read_only_in_it_is_told(string user)
    {
        Needs.Root();
        using OutsideDir outside = new();
        outside.Write("tools/tool", "");
        outside.Write("data/file", "");
        string script = $"(cat {outside["tools/tool"]}; echo x >>{outside["data/file"]}) 2>/dev/null; true";
        _directory.Write(
            "services.d/jailed.toml",
            $"listen = '127.0.0.1:0'\nuser = '{user}'\nsandbox = 'jail'\nreadable = ['{outside["data"]}']\n{TomlText.ExecShell(script)}");

        Assert.That(Told(Explain("jailed"))[1..], Is.EqualTo(new[]
        {
            $"  1x {outside["tools/tool"]}: readable = [\"{outside["tools/tool"]}\"]; it is here, not in the jail; or its directory, "
                + $"\"{outside["tools"]}\", if it needs what is beside it",
            $"  1x {outside["data/file"]}: writable = [\"{outside["data/file"]}\"]; what is readable is read-only in a jail; or its "
                + $"directory, \"{outside["data"]}\", if it needs what is beside it",
        }));
    }
}
