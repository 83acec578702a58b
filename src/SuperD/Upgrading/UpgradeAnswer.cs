using System.Globalization;

namespace SuperD.Upgrading;

/// <summary>The answer of a superd that can take over: one line that repeats the question's nonce, which no other program knows.</summary>
internal static class UpgradeAnswer
{
    private const string Word = "superd-upgrade";

    /// <summary>How much of another program's output is quoted.</summary>
    private const int MaxQuotedLength = 200;

    /// <summary>The answer of a superd that can take over: <c>superd-upgrade NONCE FORMAT VERSION</c>.</summary>
    public static string Write(string nonce, string version) =>
        string.Create(CultureInfo.InvariantCulture, $"{Word} {nonce} {Handover.CurrentFormat} {version}");

    /// <summary>Looks for the answer in a program's output, which may contain more when a wrapper starts superd.</summary>
    /// <param name="problem">Why it is no such answer; null when it is.</param>
    /// <returns>The version that can take over; null for none.</returns>
    public static string? Read(string said, string nonce, out string? problem)
    {
        string[]? answer = said.Split('\n')
            .Select(line => line.Trim().Split(' '))
            .FirstOrDefault(words => words is [Word, var repeated, _, _] && repeated == nonce);
        string ownFormat = Handover.CurrentFormat.ToString(CultureInfo.InvariantCulture);
        problem = answer is null ? $"gives no answer that a superd would give; it said: {Quote(said)}"
            : answer[2] != ownFormat
                ? $"takes over in format {answer[2]}, and the running superd hands over in format {ownFormat}; restart superd instead"
            : null;
        return problem is null ? answer![3] : null; // set when there is no problem
    }

    private static string Quote(string said) => said.Length == 0 ? "nothing"
        : said.Length <= MaxQuotedLength ? said
        : said[..MaxQuotedLength] + " ...";
}
