using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>A program in a sandbox does not drive superd, even as superd's own user.</summary>
public sealed class SandboxConsoleTests
{
    private static readonly string s_user = NativeMethods.EffectiveUserId() == 0 ? "root" : Environment.UserName;

    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TestCase("none", true)]
    [TestCase("basic", false)]
    [TestCase("strict", false)]
    public void The_console_refuses_it(string profile, bool isAllowed)
    {
        using SandboxedHandler handler = Connecting(profile, "connect()");
        string reply = handler.Ask();
        Assert.That(reply, isAllowed ? Does.Contain("\"ok\":true") : Does.Contain("a program in a sandbox may not"));
        _ = handler.Daemon.WaitFor(line => line.Event == (isAllowed ? "service_steered" : "console_confined"), "the log says so");
    }

    /// <summary>Its child has superd for a parent when the handler has ended; or has ended itself when superd looks.</summary>
    [TestCase("if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    time.sleep(0.3)\n    connect()")]
    [TestCase("if os.fork() == 0:\n  ask()\n  os._exit(0)\nos.wait()\nprint('gone', flush=True)")]
    public void No_descendant_of_it_comes_in(string script)
    {
        using SandboxedHandler handler = Connecting("basic", script, "orphans = 'keep'\n");
        string reply = handler.Ask();
        Assert.That(reply, Does.Not.Contain("\"ok\":true"));
        _ = handler.Daemon.WaitFor(line => line.Event == "console_confined", "it was refused");
        _ = ConsoleSocket.Ask(handler.Daemon, """{"command":"status"}""").GetProperty("server");
        Assert.That(handler.Daemon.Log.Any(line => line.Event == "service_steered"), Is.False, "and nothing was done");
    }

    private SandboxedHandler Connecting(string profile, string script, string keys = "")
    {
        string program = $"""
            import os, socket, time
            def ask():
                s = socket.socket(socket.AF_UNIX)
                s.connect({TomlText.Of(_directory["control.sock"])})
                try:
                    s.sendall(b'{'{'}"command":"pause","service":"held"{'}'}\n')
                except BrokenPipeError:
                    pass  # it has been refused already
                return s
            def connect():
                print(ask().makefile().readline(), flush=True)
            {script}
            """;
        return new SandboxedHandler(
            s_user,
            profile,
            SandboxedHandler.Python(program),
            $"stderr = 'socket'\n{keys}",
            new DaemonOptions { Directory = _directory });
    }
}
