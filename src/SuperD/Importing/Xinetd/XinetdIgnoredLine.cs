using System.Net;

namespace SuperD.Importing.Xinetd;

/// <summary>A line that xinetd ignores because of the number of its values, so that its service runs without it.</summary>
/// <param name="Line">The line.</param>
/// <param name="Row">Its attribute.</param>
internal sealed record XinetdIgnoredLine(XinetdLine Line, XinetdAttribute Row)
{
    /// <summary>
    /// The line as it was meant: without a comment behind it, or with several addresses of bind; null when that cannot be seen.
    /// </summary>
    public XinetdLine? Meant
    {
        get
        {
            string[] words = [.. Line.Words.TakeWhile(word => !word.StartsWith('#'))];
            bool isMeant = words.Length == Row.Words
                || (IsAddress && words.Length > 0 && words.All(word => IPAddress.TryParse(word, out _)));
            return isMeant ? Line with { Words = [.. words] } : null;
        }
    }

    /// <summary>Whether fewer clients would come in with it.</summary>
    public bool NarrowsAccess => Row.Weight == ImportWeight.NarrowsAccess && !IsWide;

    /// <summary>Whether the program might do less with it.</summary>
    public bool NarrowsProgram => Row.Weight == ImportWeight.NarrowsProgram && !IsWide;

    /// <summary>The line as written.</summary>
    public string Text => $"{Line.Name} {Line.Operator} {string.Join(' ', Line.Words)}".TrimEnd();

    /// <summary>What is wrong with it, and what xinetd does.</summary>
    public string What
    {
        get
        {
            string plural = Row.Words == 1 ? "" : "s";
            string comment = Line.Words.Any(word => word.StartsWith('#')) ? " (a comment must be a line of its own)" : "";
            string effect = !NarrowsAccess ? "" : IsAddress ? " and listens on all addresses" : " and runs the service without it";
            return $"takes {Row.Words} value{plural}, found {Line.Words.Length}{comment}; xinetd ignores the line{effect}";
        }
    }

    private bool IsAddress => Row.Name is "bind" or "interface";

    /// <summary>Whether its value asks for no limit.</summary>
    private bool IsWide => Line.Words is [var first, ..] && first.ToUpperInvariant() is "NO" or "UNLIMITED" or "NEVER";
}
