using System.Diagnostics;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Upgrading;

/// <summary>The log over an upgrade: whoever reads it slowly gets every line nevertheless.</summary>
public sealed class UpgradeLogTests
{
    private const int Upgrades = 6;

    private readonly List<string> _lines = []; // under its own lock

    [Test]
    public void No_line_is_lost_when_the_log_is_read_slowly()
    {
        using var directory = new TempDir();
        int port = FreePort.Find();
        directory.Write("superd.toml", "[control]\nsocket = 'control.sock'\n[log]\nformat = 'json'\n");
        directory.Write("services.d/cat.toml", $"listen = '127.0.0.1:{port}'\nexec = '/bin/cat'\n");
        Tool.Run("mkfifo", directory["log"]);
        var reader = new HelperThreads(() => ReadSlowly(directory["log"]));
        using var superd = new RunningProgram(
            "env",
            ["--default-signal=QUIT", "sh", "-c", $"exec {SuperdProgram.Path} run 2> log"],
            directory.Path,
            deathSignal: SuperdProgram.DeathSignal);
        try
        {
            Patience.Until(() => Events("ready").Count > 0, "it is ready");
            using var load = new EchoLoad(port, perSecond: 100);
            for (int i = 0; i < Upgrades; i++)
            {
                Upgrade(directory.Path);
            }

            (int count, string[] failures) = load.Finish();
            Assert.That(failures, Is.Empty);
            Patience.Until(() => Events("end").Count >= count, () => $"{count} connections ended; {Events("end").Count} have a line");

            Assert.That(Events("accept").Order(), Is.EqualTo(Enumerable.Range(1, count)), "none is missing");
            Assert.That(Events("upgraded"), Has.Count.EqualTo(Upgrades));
        }
        finally
        {
            superd.Signal(NativeMethods.SIGQUIT);
            superd.WaitForEnd();
            reader.Join();
        }
    }

    /// <summary>superd gives up when the next version does not answer in time, as on a very busy machine.</summary>
    private static void Upgrade(string directory) => Patience.Until(
        () =>
        {
            ProgramResult result = SuperdProgram.Run(directory, "upgrade");
            Assert.That(result.ExitCode == 0 || result.StandardError.Contains("did not answer within"), Is.True, result.StandardError);
            return result.ExitCode == 0;
        },
        "it is upgraded");

    /// <summary>The pipe holds some twenty lines, and is emptied three times a second: superd has lines to write nearly always.</summary>
    private void ReadSlowly(string path)
    {
        const int SetPipeSize = 1031;
        using SafeFileHandle pipe = File.OpenHandle(path);
        Assert.That(NativeMethods.Control(pipe, SetPipeSize, 4096), Is.Positive);
        using var reader = new StreamReader(new FileStream(pipe, FileAccess.Read));
        var clock = Stopwatch.StartNew();
        while (reader.ReadLine() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }

            if (clock.ElapsedMilliseconds > 50)
            {
                Thread.Sleep(300);
                clock.Restart();
            }
        }
    }

    /// <summary>The connections of the lines of an event; 0 for one without.</summary>
    private List<int> Events(string name)
    {
        string[] lines;
        lock (_lines)
        {
            lines = [.. _lines.Where(line => line.Contains($"\"event\":\"{name}\"", StringComparison.Ordinal))];
        }

        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement.TryGetProperty("conn", out JsonElement conn)
            ? conn.GetInt32()
            : 0)];
    }
}
