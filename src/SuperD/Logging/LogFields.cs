using System.Text;

namespace SuperD.Logging;

/// <summary>The values of a log entry under the names they have in its text.</summary>
internal static class LogFields
{
    private const string Template = "{OriginalFormat}";

    /// <summary>Names and values; values are int, long, double, string, or types that ToString formats.</summary>
    public static IEnumerable<(string Name, object? Value)> Of(object? state)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            yield break;
        }

        foreach ((string name, object? value) in fields)
        {
            if (value is EndDetails details)
            {
                foreach ((string Name, object? Value) field in details.Fields)
                {
                    yield return field;
                }
            }
            else if (name != Template)
            {
                yield return Field(name, value);
            }
        }
    }

    /// <summary>The service that a log entry is about; null for superd as a whole.</summary>
    public static string? ServiceOf(object? state)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            foreach ((string name, object? value) in fields)
            {
                if (name == "Service")
                {
                    return value as string;
                }
            }
        }

        return null;
    }

    /// <summary>Converts <c>DurationMs</c> to <c>duration_ms</c>, the form of the text.</summary>
    public static string SnakeCase(string name)
    {
        var result = new StringBuilder(name.Length + 4);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && result.Length > 0)
            {
                result.Append('_');
            }

            result.Append(char.ToLowerInvariant(letter));
        }

        return result.ToString();
    }

    private static (string Name, object? Value) Field(string name, object? value) => value switch
    {
        Outcome { Status.Signal: 0 } outcome => ("exit", outcome.Status.Code),
        Outcome outcome => ("signal", Linux.Signal.Name(outcome.Status.Signal)),
        PeakMemory memory => (memory.IsUpperBound ? "mem_kib_below" : "mem_kib", memory.KiB),
        _ => (SnakeCase(name), value),
    };
}
