using Microsoft.Extensions.Logging;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD.Cli.Trials;

/// <summary>
/// Takes the place of superd's log, and extracts the results of trials from it. Its lines come from the loop, except those without a
/// connection.
/// </summary>
/// <param name="other">Receives the warnings and errors that concern no trial.</param>
internal sealed class TrialLog(Action<string> other) : ILogger
{
    /// <summary>How many lines of stderr are kept per connection.</summary>
    private const int MostLines = 1000;

    private readonly Dictionary<long, Trial> _trials = [];

    /// <summary>Sends what is logged of a connection to its trial. On the loop, like the log lines.</summary>
    public void Add(long connection, Trial trial) => _trials.Add(connection, trial);

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log(new LogEvent(logLevel, eventId, state, exception));

    private void Log(LogEvent entry)
    {
        var values = entry.State as IReadOnlyList<KeyValuePair<string, object?>>;
        var fields = values?.ToDictionary(field => field.Key, field => field.Value) ?? [];
        if (fields.GetValueOrDefault("Conn") is not long connection || !_trials.TryGetValue(connection, out Trial? trial))
        {
            if (entry.Level >= LogLevel.Warning && entry.Event.Id is < EventIds.ShutdownDraining or > EventIds.Stop)
            {
                other(entry.Text);
            }

            return;
        }

        switch (entry.Event.Id)
        {
            case EventIds.Stderr:
                trial.AddStderr(Text(fields, "Text"), MostLines);
                break;
            case EventIds.StderrRepeated:
                trial.AddStderr($"{Text(fields, "Text")} (repeated {Text(fields, "Repeated")} times)", MostLines);
                break;
            case EventIds.LaunchFailed:
                Finish(connection, new TrialResult { LaunchError = $"{Text(fields, "Step")}: {Text(fields, "Error")}" });
                break;
            case EventIds.BackendFailed:
                Finish(connection, new TrialResult { LaunchError = $"no backend: {Text(fields, "Tried")}" });
                break;
            case EventIds.EndRelay:
                Finish(connection, new TrialResult { Reason = Details(fields).Reason, DurationMs = Number(fields, "DurationMs") });
                break;
            case EventIds.End:
                Finish(connection, ToResult(fields));
                break;
        }
    }

    private static TrialResult ToResult(Dictionary<string, object?> fields)
    {
        var status = (fields["Outcome"] as Outcome?)?.Status ?? default;
        EndDetails details = Details(fields);
        return new TrialResult
        {
            Exit = status.Signal == 0 ? status.Code : null,
            Signal = status.Signal == 0 ? null : Linux.Signal.Name(status.Signal),
            Reason = details.Reason,
            DurationMs = Number(fields, "DurationMs"),
            CpuMs = Number(fields, "CpuMs"),
            MemKib = Text(fields, "MemKib"),
            Leaked = details.Orphans,
        };
    }

    private void Finish(long connection, TrialResult result)
    {
        if (_trials.Remove(connection, out Trial? trial))
        {
            trial.Finish(result);
        }
    }

    private static EndDetails Details(Dictionary<string, object?> fields) => fields["Details"] as EndDetails? ?? default;

    private static string Text(Dictionary<string, object?> fields, string name) => fields.GetValueOrDefault(name)?.ToString() ?? "";

    private static long Number(Dictionary<string, object?> fields, string name) =>
        fields.GetValueOrDefault(name) is long number ? number : 0;
}
