using System.Text;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Toml;

/// <summary>Shorthands to read TOML in a test.</summary>
internal static class TomlReading
{
    /// <summary>A reader that takes longer hangs; even the slowest machine reads the largest file in a fraction of it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>The root table of a text that must be valid.</summary>
    public static TomlTable Valid(string text)
    {
        TomlDocument document = Parse(text);
        Assert.That(document.Diagnostics, Is.Empty);
        return document.Root;
    }

    /// <summary>The problems of a text as <c>LINE:COLUMN MESSAGE</c>.</summary>
    public static string[] Problems(string text) =>
        [.. Parse(text).Diagnostics.Select(problem => $"{problem.Span.Line}:{problem.Span.Column} {problem.Message}")];

    /// <summary>The line numbers of the problems in a text.</summary>
    public static int[] ProblemLines(string text) => [.. Parse(text).Diagnostics.Select(problem => problem.Span.Line)];

    public static TomlDocument Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    public static TomlDocument Parse(byte[] bytes) => TomlDocument.Parse(bytes, "test.toml");

    /// <summary>Reads on a thread with a small stack; fails when that does not finish in time.</summary>
    public static TomlDocument ParseInTime(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        TomlDocument? document = null;
        Thread thread = new(() => document = Parse(bytes), maxStackSize: 512 * 1024) { IsBackground = true };
        thread.Start();
        Assert.That(thread.Join(s_patience), Is.True, "the reader hangs");
        return document ?? throw new InvalidOperationException("the reader ended without a document");
    }
}
