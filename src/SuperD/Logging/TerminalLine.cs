using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace SuperD.Logging;

/// <summary>A log line for a person at a terminal: the local time, the message, and then its values; the colour is the level.</summary>
internal static class TerminalLine
{
    private const string Plain = "\e[0m", Dim = "\e[2m", Yellow = "\e[33m", Red = "\e[1;31m", Green = "\e[1;32m";

    /// <summary>Appends the line, without a newline.</summary>
    /// <param name="text">The line as a pipe gets it, without time and level.</param>
    public static void Write(in LogEvent entry, string text, TimeProvider time, IBufferWriter<byte> line)
    {
        int id = entry.Event.Id;
        bool isWhole = id is EventIds.Ready or EventIds.ConfigurationProblem; // all of the one stands out; the other quotes a file
        (string message, string values) = isWhole ? (text, string.Empty) : Split(text);
        string style = id == EventIds.Ready ? Green : StyleOf(entry.Level);
        string clock = time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        Encoding.UTF8.GetBytes($"{Dim}{clock}{Plain} {style}{message}{Plain}", line);
        if (values.Length > 0)
        {
            Encoding.UTF8.GetBytes($" {Dim}{values}{Plain}", line);
        }
    }

    /// <summary>
    /// Divides <c>stderr han conn=3: hello</c> into <c>stderr han: hello</c> and <c>conn=3</c>; values in the midst of a sentence stay.
    /// </summary>
    internal static (string Message, string Values) Split(string text)
    {
        int start = 0;
        while (!IsPair(text, start))
        {
            int space = text.IndexOf(' ', start);
            if (space <= 0 || text[space - 1] == ':')
            {
                return (text, string.Empty); // there are none, or they belong to an explanation
            }

            start = space + 1;
        }

        int end = EndOfPair(text, start);
        while (end < text.Length && text[end - 1] != ':' && text[end] == ' ' && IsPair(text, end + 1))
        {
            end = EndOfPair(text, end + 1);
        }

        if (end < text.Length && text[end - 1] == ':')
        {
            end--;
        }

        return start > 0 && (end == text.Length || text[end] == ':')
            ? (text[..(start - 1)] + text[end..], text[start..end])
            : (text, string.Empty);
    }

    /// <summary>Whether a key and an equals sign begin here.</summary>
    private static bool IsPair(string text, int start)
    {
        int end = start;
        while (end < text.Length && (char.IsAsciiLetterLower(text[end]) || char.IsAsciiDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        return end > start && end < text.Length && text[end] == '=';
    }

    private static int EndOfPair(string text, int start)
    {
        int value = text.IndexOf('=', start) + 1;
        bool isQuoted = value < text.Length && text[value] == '"';
        int end = isQuoted ? text.IndexOf('"', value + 1) + 1 : text.IndexOf(' ', value);
        return end > 0 ? end : text.Length;
    }

    private static string StyleOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => Dim,
        LogLevel.Information => string.Empty,
        LogLevel.Warning => Yellow,
        _ => Red,
    };
}
