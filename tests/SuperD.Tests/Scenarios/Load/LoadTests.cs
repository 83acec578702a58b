using System.Collections.Concurrent;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Load;

/// <summary>Many connections and many services: no client is lost, and nothing is left behind.</summary>
public sealed class LoadTests
{
    private const int ReplyLines = 1000;

    [Test]
    public void Ten_thousand_connections_are_all_served_and_leave_nothing_behind()
    {
        const int connections = 10_000;
        using var directory = new TempDir();
        string exec = $"exec = {TomlText.Of(CProgram.Compile(directory, "repeat", $$"""
            #include <stdio.h>

            /* Reads one line and answers it many times. */
            int main(void)
            {
                char line[64];
                if (!fgets(line, sizeof line, stdin))
                    return 1;
                for (int i = 0; i < {{ReplyLines}}; i++)
                    fputs(line, stdout);
                return fflush(stdout) == EOF;
            }
            """))}\n";
        using Daemon daemon = Daemon.Start(("warm", "listen = '127.0.0.1:0'\n" + exec), ("load", "listen = '127.0.0.1:0'\n" + exec));

        // After this warm-up the runtime has created its threads and descriptors.
        Connect(daemon, "warm", 500);
        int descriptors = Descriptors(daemon);
        int threads = Threads(daemon);

        Connect(daemon, "load", connections);

        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty, "no process is left, alive or zombie");
        Patience.Until(() => Descriptors(daemon) <= descriptors, "superd has as few descriptors as before");
        Patience.Until(() => Threads(daemon) <= threads, "superd has as few threads as before");
        LogLine[] lines = [.. daemon.Log.Where(line => line.Fields.GetValueOrDefault("service") == "load" && line.Event != "listen")];
        Assert.That(lines.Select(line => line.Level).Distinct(), Is.EqualTo(["info"]));
        string[] accepted = [.. lines.Where(line => line.Event == "accept").Select(line => line["conn"])];
        LogLine[] ended = [.. lines.Where(line => line.Event == "end")];
        Assert.That(lines, Has.Length.EqualTo(2 * connections), "an accept and an end for each, nothing else");
        Assert.That(accepted.ToHashSet(), Has.Count.EqualTo(connections));
        Assert.That(accepted.ToHashSet().SetEquals(ended.Select(line => line["conn"])), Is.True, "what was accepted has ended, once");
        Assert.That(ended.Select(line => line["exit"]).Distinct(), Is.EqualTo(["0"]));
        Assert.That(ended[^1]["handlers"], Is.EqualTo("0"));
    }

    [Test]
    public void Two_hundred_services_answer_each_for_itself()
    {
        string[] names = [.. Enumerable.Range(1, 200).Select(number => $"service{number}")];
        using Daemon daemon = Daemon.Start(
            [.. names.Select(name => (name, "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo \"$SUPERD_SERVICE\"")))]);

        Assert.That(names.Select(daemon.Port), Is.Unique);
        foreach (string name in names)
        {
            using Client client = daemon.Connect(name);
            Assert.That(client.ReadToEnd(), Is.EqualTo($"{name}\n"));
        }
    }

    /// <summary>
    /// Makes that many connections, fifty at a time, checks every answer, and waits until superd has logged the end of each.
    /// </summary>
    private static void Connect(Daemon daemon, string service, int connections)
    {
        const int atOnce = 50;
        int port = daemon.Port(service);
        var wrong = new ConcurrentBag<string>();
        int last = 0;
        var clients = new HelperThreads(atOnce, _ =>
        {
            for (int number = Interlocked.Increment(ref last); number <= connections; number = Interlocked.Increment(ref last))
            {
                if (WhatIsWrongWithTheAnswer(port, $"client {number}\n") is { } problem)
                {
                    wrong.Add(problem);
                }
            }
        });
        clients.Join();

        Assert.That(wrong, Is.Empty);
        daemon.WaitFor(line => line.Is("end", service), connections, "every connection has ended");
    }

    /// <summary>Null when the answer is complete.</summary>
    private static string? WhatIsWrongWithTheAnswer(int port, string line)
    {
        try
        {
            using var client = new Client(port);
            string answer = client.Send(line).ReadToEnd();
            return answer == string.Concat(Enumerable.Repeat(line, ReplyLines)) ? null : $"{answer.Length} bytes for {line}";
        }
        catch (Exception problem)
        {
            return $"{problem.Message} for {line}";
        }
    }

    /// <summary>Open descriptors without assemblies, which the runtime opens on demand and keeps open.</summary>
    private static int Descriptors(Daemon daemon) =>
        ProcFs.Descriptors(daemon.Pid).Values.Count(target => !target.EndsWith(".dll", StringComparison.Ordinal));

    private static int Threads(Daemon daemon) => int.Parse(ProcFs.Status(daemon.Pid, "Threads"));
}
