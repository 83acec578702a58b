using Microsoft.Extensions.Logging;

namespace SuperD.Logging;

/// <summary>What is logged by one call. Immutable; the history keeps it.</summary>
/// <remarks>
/// The state is boxed here, once: passed on by its type, each of a hundred messages would have its own copy of every formatter in the
/// native build. The lines that each connection has are objects already (<see cref="ConnectionLine"/>).
/// </remarks>
/// <param name="State">The values under their names, a list; ToString gives the text, as for all states that the framework makes.</param>
internal readonly record struct LogEvent(LogLevel Level, EventId Event, object? State, Exception? Exception)
{
    /// <summary>The text, without level, time and exception.</summary>
    public string Text => State?.ToString() ?? string.Empty;
}
