using System.Text;

namespace SuperD.Logging;

/// <summary>An exception that ends superd, in the form of one line.</summary>
/// <param name="where">The thread, or the work that it was doing.</param>
internal sealed class Crash(string where, Exception failure)
{
    /// <summary>The most frames listed: the first says where, the others how it got there.</summary>
    private const int MostFrames = 12;

    /// <summary>The most bytes of each text: the line must fit into one page of a pipe.</summary>
    private const int MostBytes = 1500;

    /// <summary>The thread, or the work that it was doing.</summary>
    public string Where => where;

    /// <summary>Types and messages, the outermost exception first.</summary>
    public string Error { get; } = OneLine(string.Join(
        " <- ", Chain(failure).Select(exception => $"{exception.GetType()}: {exception.Message}")));

    /// <summary>The frames of the innermost thrown exception, starting where it was thrown.</summary>
    public string Stack { get; } = OneLine(string.Join(" < ", (Chain(failure)
        .LastOrDefault(exception => exception.StackTrace is not null)?.StackTrace ?? "unknown")
        .Split('\n', MostFrames + 1)
        .Take(MostFrames)
        .Select(frame => frame.Trim())
        .Select(frame => frame.StartsWith("at ", StringComparison.Ordinal) ? frame[3..] : frame)));

    private static IEnumerable<Exception> Chain(Exception failure)
    {
        for (Exception? next = failure; next is not null; next = next.InnerException)
        {
            yield return next;
        }
    }

    private static string OneLine(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Printable.Escape(bytes.AsSpan(0, Math.Min(bytes.Length, MostBytes)));
    }
}
