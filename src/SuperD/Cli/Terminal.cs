namespace SuperD.Cli;

/// <summary>What stdout leads to, and the colours for it.</summary>
internal static class Terminal
{
    public const string Bold = "\e[1m", Red = "\e[1;31m", Yellow = "\e[1;33m", Dim = "\e[2m", Plain = "\e[0m";

    /// <summary>The width of tables that no terminal limits.</summary>
    private const int UsualWidth = 80;

    /// <summary>Whether what is written there is coloured. NO_COLOR (no-color.org) and TERM=dumb are honoured.</summary>
    public static bool ColoursWanted(bool redirected) =>
        !redirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Columns of stdout; null when it is no terminal, and so nothing needs to be cut.</summary>
    public static int? Width => Console.IsOutputRedirected ? null : Console.WindowWidth > 0 ? Console.WindowWidth : UsualWidth;
}
