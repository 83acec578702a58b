using System.Globalization;
using System.Text;
using SuperD.Control.Messages;

namespace SuperD.Control;

/// <summary>Counters in the text format of Prometheus, version 0.0.4. The names are a promise to dashboards: add, never rename.</summary>
internal sealed class PrometheusText
{
    /// <summary>A piece is handed out when it has this many characters: a fraction of a millisecond's work.</summary>
    private const int PieceLength = 16 * 1024;

    private static readonly string[] s_states = ["open", "paused", "draining", "waiting", "failing", "broken", "disabled"];

    private readonly StringBuilder _text = new();

    private PrometheusText()
    {
    }

    /// <summary>Formats a status, in pieces that are made when they are asked for.</summary>
    /// <param name="known">All services, served or not.</param>
    public static IEnumerable<string> Of(ServerState server, IReadOnlyList<ServiceState> known)
    {
        var text = new PrometheusText();
        IReadOnlyList<ServiceState> services = [.. known.Where(service => service.Mode != "off")]; // those that are served
        text.Server(server, known);
        yield return text.Take();
        foreach (Family family in s_families)
        {
            text.Head(family.Name, family.Type, family.Help);
            foreach (ServiceState service in services)
            {
                family.Write(text, service);
                if (text._text.Length >= PieceLength)
                {
                    yield return text.Take();
                }
            }
        }

        yield return text.Take();
    }

    /// <summary>What each service has, in the order of the text.</summary>
    private static readonly Family[] s_families =
    [
        Family.Gauge("superd_ready", "1 if new clients should come to the service, as superd status --ready says.",
            service => service.NotReady is null ? 1 : 0),
        Family.Gauge("superd_connections_live", "Connections that have a handler or a backend, or are about to.", service => service.Live),
        Family.Gauge("superd_connections_limit", "The places of a service (instances); absent without a limit.",
            service => service.Instances),
        Family.Gauge("superd_connections_queued", "Clients that are connected and wait for a place, in the kernel's queue or accepted.",
            service => service.Queued),
        Family.Counter("superd_connections_accepted_total", "Connections that got a handler or a backend.", service => service.Accepted),
        Family.Counters("superd_connections_refused_total", "Refused connections, by the check that refused them.", "reason",
            service => service.Refused),
        Family.Counter("superd_health_checks_total", "Connections of health checks, which were closed without a handler.",
            service => service.Checks),
        Family.Counter("superd_penalties_total", "How often a source was refused for how its handlers had ended.",
            service => service.Penalties),
        Family.Counters("superd_launches_failed_total", "Handlers that could not be launched, by the step that failed.", "step",
            service => service.FailedLaunches),
        Family.Counters("superd_connections_ended_total",
            "Ended connections, by superd's reason to end them; none: they ended by themselves.", "reason", service => service.Ended),
        Family.Counter("superd_received_bytes_total", "Bytes received from clients, over all ended connections.",
            service => service.BytesIn),
        Family.Counter("superd_sent_bytes_total", "Bytes sent to clients, over all ended connections.", service => service.BytesOut),
        Family.Counter("superd_orphans_ended_total", "Processes that handlers left behind and superd ended.", service => service.Orphans),
        Family.Histogram("superd_accept_to_exec_seconds", "The time from a connection's accept until its handler executes.",
            service => service.LaunchSeconds),
        Family.Histogram("superd_connection_duration_seconds", "The durations of all ended connections.",
            service => service.DurationSeconds),
    ];

    private void Server(ServerState server, IReadOnlyList<ServiceState> known)
    {
        Head("superd_info", "gauge", "The version of superd.");
        Sample("superd_info", 1, ("version", server.Version));
        Head("superd_build_info", "gauge", "How this superd was built.");
        if (server.Build is { } build)
        {
            Sample(
                "superd_build_info",
                1,
                ("version", server.Version),
                ("dotnet", build.Dotnet),
                ("compilation", build.Compilation),
                ("architecture", build.Architecture));
        }

        Of("superd_uptime_seconds", "gauge", "The time since superd started.", server.UptimeMs / 1000.0);
        Of("superd_start_time_seconds", "gauge", "When superd started, in seconds since 1970; an upgrade does not change it.",
            server.StartTime);
        Of("superd_server_ready", "gauge", "1 if new clients should come to superd, as superd status --ready says.",
            server.NotReady is null ? 1 : 0);
        Of("superd_loop_turns_total", "counter", "Turns of superd's loop, since superd started or became this version.", server.Turns);
        Of("superd_longest_turn_seconds", "gauge", "The longest turn of superd's loop, during which all other connections waited.",
            (server.LongestTurn?.DurationMs ?? 0) / 1000.0);
        Of("superd_handlers_live", "gauge", "Connections of all services that have a place.", server.Connections);
        Of("superd_handlers_limit", "gauge", "The places of superd as a whole (max_handlers); absent without a limit.", server.MaxHandlers);
        Of("superd_handlers_launching", "gauge", "Handlers being launched.", server.Launching);
        Of("superd_connections_awaiting_header", "gauge", "Connections that wait for their PROXY header.", server.AwaitingHeader);
        Of("superd_connections_closing", "gauge", "Connections whose handler is gone, and whose client has not ended its side.",
            server.Closing);
        Head(
            "superd_services",
            "gauge",
            "Services by state; broken and waiting ones serve nobody, the program of a failing one does not, disabled ones need not.");
        foreach (string state in s_states)
        {
            Sample("superd_services", known.Count(service => service.State == state), ("state", state));
        }

        Of("superd_reload_fails", "gauge", "1 if a file of the configuration had an error when it was last read.",
            server.Faults is null ? 0 : 1);
    }

    private string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }

    /// <param name="value">Null: there is no sample.</param>
    private void Of(string name, string type, string help, double? value)
    {
        Head(name, type, help);
        if (value is { } number)
        {
            Sample(name, number);
        }
    }

    private void Histogram(string name, ServiceState service, HistogramState histogram)
    {
        long count = 0;
        for (int i = 0; i < histogram.Counts.Count; i++)
        {
            count += histogram.Counts[i];
            string bound = i < histogram.Bounds.Count ? Number(histogram.Bounds[i]) : "+Inf";
            Sample($"{name}_bucket", count, ("service", service.Name), ("le", bound));
        }

        Sample($"{name}_sum", histogram.Sum, ("service", service.Name));
        Sample($"{name}_count", count, ("service", service.Name));
    }

    private void Head(string name, string type, string help) => _text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        string separator = "{";
        foreach ((string label, string text) in labels)
        {
            string escaped = text.Replace("\\", @"\\").Replace("\"", "\\\"").Replace("\n", "\\n");
            _text.Append(separator).Append(label).Append("=\"").Append(escaped).Append('"');
            separator = ",";
        }

        _text.Append(labels.Length > 0 ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>One metric that every service has.</summary>
    /// <param name="Write">Writes the samples of a service.</param>
    private sealed record Family(string Name, string Type, string Help, Action<PrometheusText, ServiceState> Write)
    {
        public static Family Gauge(string name, string help, Func<ServiceState, long?> value) => Single(name, "gauge", help, value);

        public static Family Counter(string name, string help, Func<ServiceState, long?> value) => Single(name, "counter", help, value);

        public static Family Counters(
            string name, string help, string label, Func<ServiceState, IReadOnlyDictionary<string, long>> values) =>
            new(name, "counter", help, (text, service) =>
            {
                IReadOnlyDictionary<string, long> all = values(service);
                foreach (string key in all.Keys.Order(StringComparer.Ordinal))
                {
                    text.Sample(name, all[key], ("service", service.Name), (label, key));
                }
            });

        public static Family Histogram(string name, string help, Func<ServiceState, HistogramState> value) =>
            new(name, "histogram", help, (text, service) => text.Histogram(name, service, value(service)));

        /// <param name="value">Null: the service has no sample.</param>
        private static Family Single(string name, string type, string help, Func<ServiceState, long?> value) =>
            new(name, type, help, (text, service) =>
            {
                if (value(service) is { } number)
                {
                    text.Sample(name, number, ("service", service.Name));
                }
            });
    }
}
