using System.Globalization;
using System.Text;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>Counters in the text format of Prometheus, version 0.0.4. The names are a promise to dashboards: add, never rename.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();

    private PrometheusText()
    {
    }

    /// <summary>Formats the reply to a status request.</summary>
    public static string Of(ControlReply status)
    {
        var text = new PrometheusText();
        ServerState server = status.Server!; // every status has both
        IReadOnlyList<ServiceState> services = [.. status.Services!.Where(service => service.Mode != "off")]; // those that are served

        text.Head("superd_info", "gauge", "The version of superd.");
        text.Sample("superd_info", 1, ("version", server.Version));
        text.Head("superd_uptime_seconds", "gauge", "The time since superd started.");
        text.Sample("superd_uptime_seconds", server.UptimeMs / 1000.0);
        text.Head("superd_longest_turn_seconds", "gauge", "The longest turn of superd's loop, during which all other connections waited.");
        text.Sample("superd_longest_turn_seconds", (server.LongestTurn?.DurationMs ?? 0) / 1000.0);
        text.States(status.Services!);
        text.Head("superd_reload_fails", "gauge", "1 if a file of the configuration had an error when it was last read.");
        text.Sample("superd_reload_fails", server.Faults is null ? 0 : 1);
        text.Each(
            "superd_connections_live", "gauge", "Connections that have a handler or a backend, or are about to.", services,
            service => service.Live);
        text.Each(
            "superd_connections_accepted_total", "counter", "Connections that got a handler or a backend.", services,
            service => service.Accepted);
        text.EachOf(
            "superd_connections_refused_total", "Refused connections, by the check that refused them.", "reason", services,
            service => service.Refused);
        text.EachOf(
            "superd_launches_failed_total", "Handlers that could not be launched, by the step that failed.", "step", services,
            service => service.FailedLaunches);
        text.EachOf(
            "superd_connections_ended_total", "Ended connections, by superd's reason to end them; none: they ended by themselves.",
            "reason", services, service => service.Ended);
        text.Each(
            "superd_received_bytes_total", "counter", "Bytes received from clients, over all ended connections.", services,
            service => service.BytesIn);
        text.Each(
            "superd_sent_bytes_total", "counter", "Bytes sent to clients, over all ended connections.", services,
            service => service.BytesOut);
        text.Each(
            "superd_orphans_ended_total", "counter", "Processes that handlers left behind and superd ended.", services,
            service => service.Orphans);
        text.Histograms(
            "superd_accept_to_exec_seconds", "The time from a connection's accept until its handler executes.", services,
            service => service.LaunchSeconds);
        text.Histograms(
            "superd_connection_duration_seconds", "The durations of all ended connections.", services,
            service => service.DurationSeconds);
        return text._text.ToString();
    }

    private void States(IReadOnlyList<ServiceState> services)
    {
        Head(
            "superd_services",
            "gauge",
            "Services by state; broken and waiting ones serve nobody, the program of a failing one does not, disabled ones need not.");
        foreach (string state in (string[])["open", "paused", "draining", "waiting", "failing", "broken", "disabled"])
        {
            Sample("superd_services", services.Count(service => service.State == state), ("state", state));
        }
    }

    private void Each(string name, string type, string help, IReadOnlyList<ServiceState> services, Func<ServiceState, long> value)
    {
        Head(name, type, help);
        foreach (ServiceState service in services)
        {
            Sample(name, value(service), ("service", service.Name));
        }
    }

    private void EachOf(
        string name,
        string help,
        string label,
        IReadOnlyList<ServiceState> services,
        Func<ServiceState, IReadOnlyDictionary<string, long>> values)
    {
        Head(name, "counter", help);
        foreach (ServiceState service in services)
        {
            foreach ((string key, long value) in values(service).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                Sample(name, value, ("service", service.Name), (label, key));
            }
        }
    }

    private void Histograms(string name, string help, IReadOnlyList<ServiceState> services, Func<ServiceState, HistogramState> value)
    {
        Head(name, "histogram", help);
        foreach (ServiceState service in services)
        {
            HistogramState histogram = value(service);
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
}
