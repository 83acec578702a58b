using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Soak;

/// <summary>The mix of services of the soak test, without those whose keys this superd does not have.</summary>
internal static class SoakServices
{
    private const string Answer = "ok\n";

    public static SoakService[] For(Bench bench, SuperdSubject superd, Backend backend)
    {
        bool isGraceful = superd.Knows("close"), endsOrphans = superd.Knows("orphans"), hasTimeouts = superd.Knows("run_timeout");
        string answer = $"exec = \"{bench.Tools.Answer}\"\n";
        string Rude(string how) => $"exec = [\"{bench.Tools.Rude}\", \"{how}\"]\n";

        // The answer handler reads no request, so its reply is certain to reach a client that sends one only with a graceful close.
        var answerManners = new List<SoakManner> { SoakManner.Listens, SoakManner.Listens, SoakManner.Resets, SoakManner.Vanishes };
        if (isGraceful)
        {
            answerManners.Add(SoakManner.Asks);
        }

        var services = new List<SoakService>
        {
            new("answer", answer, 8, [.. answerManners]) { Reply = Answer },
            new("echo", Rude("echo"), 4, SoakManner.Asks, SoakManner.Resets, SoakManner.Vanishes),
            new("flood", Rude("flood"), 2, SoakManner.Listens, SoakManner.Resets, SoakManner.Vanishes),
            new("fail", Rude("fail"), 1, SoakManner.Listens),
            new("crash", Rude("crash"), 1, SoakManner.Listens),
            new("deaf", Rude("deaf"), 1, SoakManner.Asks, SoakManner.Resets, SoakManner.Vanishes),
            new("denied", answer + "no_access = [\"127.0.0.0/8\"]\n", 2, SoakManner.Listens, SoakManner.Vanishes),
            new("limited", Rude("echo") + "per_source = 2\n", 2, SoakManner.Asks, SoakManner.Resets),
            new(
                "relay",
                $"redirect = \"127.0.0.1:{backend.AnswerPort}\"\n",
                2,
                SoakManner.Listens,
                SoakManner.Resets,
                SoakManner.Vanishes) { Reply = Answer },
        };
        if (isGraceful)
        {
            services.Add(
                new SoakService(
                    "at-once", answer + "close = \"immediate\"\n", 2, SoakManner.Listens, SoakManner.Resets,
                    SoakManner.Vanishes) { Reply = Answer });
        }

        if (endsOrphans)
        {
            services.Add(
                new SoakService("orphan", Rude("orphan") + "stop_grace = \"100ms\"\n", 1, SoakManner.Listens, SoakManner.Vanishes));
        }

        if (hasTimeouts)
        {
            services.Add(
                new SoakService(
                    "hang", Rude("hang") + "run_timeout = \"500ms\"\nstop_grace = \"100ms\"\n", 1, SoakManner.Listens, SoakManner.Resets));
        }

        int[] ports = Ports.Take(services.Count);
        return [.. services.Select((service, i) => service with { Port = ports[i] })];
    }
}
