using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Conversing;

/// <summary>A file with a text for clients, and its content when it was last read.</summary>
internal sealed class TextFile(string path)
{
    private FileStamp _stamp;

    /// <summary>The file's path.</summary>
    public string Path => path;

    /// <summary>Its text; empty until it is first read.</summary>
    public TextTemplate Text { get; private set; } = TextTemplate.Literal(default);

    /// <summary>The callers that wait for a look under way. Loop only.</summary>
    public List<Action<TextTemplate>> Waiting { get; } = [];

    /// <summary>The last logged problem; null if there is none. Loop only.</summary>
    public string? ToldProblem { get; set; }

    /// <summary>Reads the file if it has changed. May block; one thread at a time.</summary>
    /// <param name="trusted">See <see cref="ServerDefinition.TrustedOwners"/>.</param>
    /// <returns>Null, or why the text stays as it was.</returns>
    public string? Refresh(ValueArray<uint> trusted)
    {
        if (FileStamp.Of(path) is var stamp && stamp != default && stamp == _stamp)
        {
            return null;
        }

        SmallFile file = SmallFile.Read(path, BannerDefinition.LargestFile);
        string? problem = file.IsGood ? StrictWords.WhatIsWrong(StrictModes.Of(trusted), path, file.Status) : file.Why;
        if (problem is not null)
        {
            return "it " + problem;
        }

        Text = TextTemplate.OfFile(file.Bytes);
        _stamp = file.Stamp;
        return null;
    }
}
