using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>The terminal behind stdout, and the colours for it.</summary>
internal static class Terminal
{
    /// <summary>Escape sequences that set a colour or a style; <see cref="Plain"/> ends it.</summary>
    public const string Bold = "\e[1m", Red = "\e[1;31m", Yellow = "\e[1;33m", Dim = "\e[2m", Plain = "\e[0m";

    /// <summary>The width of a terminal that does not report one.</summary>
    private const int UsualWidth = 80;

    private const int UsualHeight = 24;

    /// <summary>The variables of the locale; the first that is set decides, see setlocale(3).</summary>
    private static readonly string[] s_locale = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>Whether to write colours. Honours NO_COLOR (no-color.org) and TERM=dumb.</summary>
    public static bool ColoursWanted(bool redirected) =>
        !redirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Whether the locale says that it shows more than ASCII.</summary>
    public static bool IsUnicode =>
        Array.ConvertAll(s_locale, Environment.GetEnvironmentVariable).FirstOrDefault(text => !string.IsNullOrEmpty(text)) is { } locale
        && (locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase));

    /// <summary>The columns of stdout; null if it is not a terminal, so that nothing needs to be cut.</summary>
    public static int? Width => Console.IsOutputRedirected ? null
        : TerminalSize.OfOutput() is { Columns: > 0 and var columns } ? columns
        : UsualWidth;

    /// <summary>The rows of the terminal behind stdout.</summary>
    public static int Height => TerminalSize.OfOutput() is { Rows: > 0 and var rows } ? rows : UsualHeight;

    /// <summary>The columns for a page of text, which reads the same in a pager: those of the terminal, or the usual ones.</summary>
    public static int PageWidth => Width ?? UsualWidth;
}
