using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Keys;
using SuperD.Configuration.Toml;
using SuperD.Importing;
using SuperD.Tests.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Importing;

/// <summary>Real configurations, imported and checked. Corpus/index.md lists where each comes from.</summary>
public sealed class CorpusTests
{
    private static readonly IEnumerable<string> s_sources = ImportCorpus.Sources;

    private static readonly string[] s_meaningful =
    [
        "\n", "=", " = ", "+= ", "{", "}\n", "\"", "'", "\\", "#", "%", "$", "${", "\0", "\r", "\u00e9", "/", ":", ",", ".", "-1",
        "99999999999999999999", "[", "@", "\t",
    ];

    /// <summary>Rewrites the expected results instead of checking them; review the diff afterwards.</summary>
    private static readonly bool s_rewrite = Environment.GetEnvironmentVariable("SUPERD_REWRITE_CORPUS") == "1";

    [TestCaseSource(nameof(s_sources))]
    public void An_import_comes_to_what_is_expected(string source)
    {
        (List<ServiceFile> files, ImportReport report) = ImportCorpus.Import(source);
        string found = ImportCorpus.Describe(files, report);
        if (s_rewrite)
        {
            Directory.CreateDirectory(ImportCorpus.PathOf("expected"));
            File.WriteAllText(ImportCorpus.Expected(source), found);
        }

        Assert.That(found, Is.EqualTo(File.ReadAllText(ImportCorpus.Expected(source))));
    }

    [TestCaseSource(nameof(s_sources))]
    public void Every_line_is_in_the_report(string source)
    {
        (_, ImportReport report) = ImportCorpus.Import(source);
        foreach (string file in ImportCorpus.FilesOf(source))
        {
            string[] lines = File.ReadAllLines(file);
            for (int i = 0; i < lines.Length; i++)
            {
                if (IsSetting(source, lines[i]))
                {
                    Assert.That(report.Mentions(new SourceLine(file, i + 1)), Is.True, $"{source}:{i + 1}: {lines[i]}");
                }
            }
        }
    }

    /// <summary>This machine lacks the programs and users that the files name: cat, nobody and nogroup take their place.</summary>
    [TestCaseSource(nameof(s_sources))]
    public void What_is_written_passes_the_check(string source)
    {
        (List<ServiceFile> files, _) = ImportCorpus.Import(source);
        foreach (ServiceFile file in files)
        {
            string[] lines = [.. ImportCorpus.Settings(file).Select(Localize)];
            bool isComplete = (file["listen"] ?? file["tcpmux"]) is not null && (
                file["exec"] ?? file["builtin"] ?? file["redirect"] ?? file["sensor"]) is not null;
            if (isComplete)
            {
                Assert.That(ConfigurationFiles.ProblemsOf(string.Join('\n', lines)), Is.Empty, $"{source}: {file.Name}");
            }
        }
    }

    /// <summary>Whatever a file contains, nothing throws and the result is valid TOML.</summary>
    [TestCaseSource(nameof(s_sources))]
    public void A_spoilt_file_is_imported_without_harm(string source)
    {
        const int Rounds = 100;
        var random = new Random(1);
        using TempDir directory = new();
        string isDirectory = source == "systemd" ? "systemd/" : "";
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string file in ImportCorpus.FilesOf(source))
            {
                directory.Write(isDirectory + Path.GetFileName(file), Spoil(File.ReadAllText(file), random));
            }

            string path = directory[isDirectory.Length > 0 ? "systemd" : Path.GetFileName(source)];
            (List<ServiceFile>? files, ImportProblem? problem) = ImportCorpus.Import(source, path, new ImportReport());
            Assert.That(files is null, Is.EqualTo(problem is not null));
            foreach (ServiceFile file in files ?? [])
            {
                Assert.That(TomlDocument.Parse(Encoding.UTF8.GetBytes(file.Render()), file.Name).Diagnostics, Is.Empty, file.Render());
            }
        }
    }

    [Test]
    public void There_are_many_entries()
    {
        int entries = s_sources.Sum(source => ImportCorpus.Import(source).Files.Count);
        TestContext.Out.WriteLine($"{entries} entries");
        Assert.That(entries, Is.GreaterThan(80));
    }

    /// <summary>Cuts, duplicates and swaps pieces, and inserts characters that the formats treat specially.</summary>
    private static string Spoil(string text, Random random)
    {
        for (int blows = random.Next(1, 8); blows > 0; blows--)
        {
            int at = random.Next(text.Length);
            int length = Math.Min(random.Next(1, 30), text.Length - at);
            string piece = text.Substring(at, length);
            text = random.Next(4) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, piece),
                2 => text.Remove(at, length).Insert(random.Next(text.Length - length), piece),
                _ => text.Insert(at, s_meaningful[random.Next(s_meaningful.Length)]),
            };
        }

        return text;
    }

    private static bool IsSetting(string source, string line) => source.Split('/')[0] switch
    {
        "xinetd" => line.Contains('='),
        "inetd" => line.Length > 0,
        _ => line.Contains('='),
    };

    private static string Localize(string line)
    {
        line = Regex.Replace(line, "^exec = (\\[?)\"[^\"]*\"", "exec = $1\"/bin/cat\"");
        line = Regex.Replace(line, "^user = .*", "user = \"nobody\"");
        line = Regex.Replace(line, "^group = .*", "group = \"nogroup\"");
        return Regex.Replace(line, @"^(banner\w*) = .*", "$1 = { file = \"/etc/passwd\" }");
    }
}
