using System.Globalization;

namespace SuperD.Upgrading;

/// <summary>What a superd answers that is asked whether it can take over: one line that repeats the question's nonce. Other programs cannot know it.</summary>
internal static class UpgradeAnswer
{
    private const string Word = "superd-upgrade";

    /// <summary>Of what a program says instead, so much is told.</summary>
    private const int MaxQuotedLength = 200;

    /// <summary>The answer of a superd that can take over: <c>superd-upgrade NONCE FORMAT VERSION</c>.</summary>
    public static string Write(string nonce, string version) => string.Create(CultureInfo.InvariantCulture, $"{Word} {nonce} {Handover.CurrentFormat} {version}");

    /// <summary>Looks for the answer in what a program has said; a wrapper around superd may have said more.</summary>
    /// <param name="problem">Why it is none; null when it is one.</param>
    /// <returns>The version that can take over; null for none.</returns>
    public static string? Read(string said, string nonce, out string? problem)
    {
        string[]? answer = said.Split('\n').Select(line => line.Trim().Split(' ')).FirstOrDefault(words => words is [Word, var repeated, _, _] && repeated == nonce);
        problem = answer is null ? $"gives no answer that a superd would give; it said: {Quote(said)}"
            : answer[2] != Handover.CurrentFormat.ToString(CultureInfo.InvariantCulture)
                ? $"takes over in format {answer[2]}, and the running superd hands over in format {Handover.CurrentFormat}; restart superd instead"
            : null;
        return problem is null ? answer![3] : null; // without a problem there is an answer
    }

    private static string Quote(string said) => said.Length == 0 ? "nothing" : said.Length <= MaxQuotedLength ? said : said[..MaxQuotedLength] + " ...";
}
