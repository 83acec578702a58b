namespace SuperD.Benchmarks.Attack;

/// <summary>The services of the attack: the targets, and the bystanders that must not notice it.</summary>
internal static class AttackServices
{
    /// <summary>Name prefix of the steady clients' services.</summary>
    public const string Steady = "steady";

    /// <summary>The program service and the builtin service whose response times are measured.</summary>
    public const string Probed = "probed", ProbedBuiltin = "probed-builtin";

    /// <summary>The service that the attack's console requests may pause, drain and end.</summary>
    public const string Sacrificed = "sacrificed";

    /// <summary>Names and keys; PORT is replaced by a port per service.</summary>
    public static IEnumerable<(string Name, string Toml)> For(Tools tools, Backend backend)
    {
        string answer = $"exec = \"{tools.Answer}\"\n", echo = Rude("echo"), relay = $"redirect = \"127.0.0.1:{backend.AnswerPort}\"\n";
        const string tcp = "listen = \"127.0.0.1:PORT\"\n", udp = "listen = \"udp://127.0.0.1:PORT\"\n";

        // Their orphans may stay, so without cgroups a process that they may have made does: none of another user.
        const string waits = "wait = true\nuser = \"daemon\"\n";
        const string ends = "run_timeout = \"3s\"\nstop_grace = \"300ms\"\n";
        const string penalties = "penalty = { signal = \"1s\", exit.1 = \"500ms\", timeout = \"1s\" }\n";
        return
        [
            ("steady-answer", tcp + answer),
            ("steady-echo", tcp + echo),
            ("steady-relay", tcp + relay),
            (Probed, tcp + answer),
            (ProbedBuiltin, tcp + "builtin = \"daytime\"\n"),
            (Sacrificed, tcp + echo + ends + "instances = 8\nwhen_full = \"queue\"\n"),

            ("proxied", tcp + echo + ends + "instances = 20\nper_source = 4\nproxy_in = [\"127.0.0.0/8\"]\n"),
            ("proxied-relay", tcp + relay + "instances = 20\nproxy_in = [\"127.0.0.0/8\"]\nproxy_out = \"v2\"\n"),
            ("mux", tcp + "builtin = \"tcpmux\"\ninstances = 40\n"),
            ("mux-echo", echo + ends + "tcpmux = true\ninstances = 10\n"),
            ("mux-queue", answer + "tcpmux = true\ninstances = 1\nwhen_full = \"queue\"\n"),

            .. from name in (string[])["echo", "chargen", "daytime", "time", "qotd"]
               select ($"udp-{name}", $"{udp}builtin = \"{name}\"\nbuiltin_udp = true\nrate = \"1000/s\"\nper_source_rate = \"1000/s\"\n"),
            ("udp-peers", udp + Rude("echo") + ends + "idle_timeout = \"1s\"\ninstances = 12\n"),
            ("udp-wait", udp + Hostile("drain") + waits),

            ("unix-echo", "listen = \"unix:../echo.sock\"\n" + echo + ends + "instances = 12\nsocket_mode = \"0666\"\n"),
            ("unix-abstract", "listen = \"unix:@superd-attack\"\nbuiltin = \"echo\"\nidle_timeout = \"2s\"\n"),
            ("unix-wait", "listen = \"unix:../wait.sock\"\n" + Hostile("drain") + waits),
            ("unix-relay", "listen = \"unix:../relay.sock\"\nredirect = \"unix:@superd-attack\"\ninstances = 12\nidle_timeout = \"2s\"\n"),

            ("open", tcp + echo + ends + penalties + "instances = 16\nper_source = 6\nper_source_rate = \"200/s\"\n"),
            ("queued", tcp + echo + ends + "instances = 2\nwhen_full = \"queue\"\n"),
            (
                "greeting",
                tcp + echo + ends + "instances = 6\nbanner = \"hello {peer}\\r\\n\"\nbanner_fail = \"{reason} {retry_after}\\r\\n\"\n"),
            ("flood", tcp + Rude("flood") + ends + "instances = 12\n"),
            ("deaf", tcp + Rude("deaf") + "run_timeout = \"2s\"\nstop_grace = \"300ms\"\ninstances = 12\n"),
            ("quiet", tcp + echo + ends + "first_byte_timeout = \"1s\"\nidle_timeout = \"1s\"\ninstances = 12\n"),
            ("at-once", tcp + answer + "close = \"immediate\"\ninstances = 12\n"),
            ("waiting", tcp + Hostile("drain") + waits),
            ("chargen", tcp + "builtin = \"chargen\"\ninstances = 12\nidle_timeout = \"2s\"\n"),
            ("echo", tcp + "builtin = \"echo\"\ninstances = 12\nidle_timeout = \"2s\"\n"),
            ("stream", tcp + $"redirect = \"127.0.0.1:{backend.StreamPort}\"\ninstances = 12\nidle_timeout = \"2s\"\n"),
            ("trap", tcp + "sensor = \"1s\"\n"),
            ("denied", tcp + answer + "no_access = [\"127.0.0.0/8\"]\n"),

            (
                "hostile",
                tcp + $"exec = \"{tools.Hostile}\"\n" + penalties + "run_timeout = \"1s\"\nstop_grace = \"200ms\"\ninstances = 10\n"),
        ];

        string Rude(string how) => $"exec = [\"{tools.Rude}\", \"{how}\"]\n";
        string Hostile(string how) => $"exec = [\"{tools.Hostile}\", \"{how}\"]\n";
    }
}
