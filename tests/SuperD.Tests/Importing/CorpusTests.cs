using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Keys;
using SuperD.Importing;
using SuperD.Tests.Configuration;

namespace SuperD.Tests.Importing;

/// <summary>Real configurations, imported and checked. Corpus/index.md says where each is from.</summary>
public sealed class CorpusTests
{
    private static readonly IEnumerable<string> Sources = ImportCorpus.Sources;

    private static readonly string[] Coming = ["builtin", "builtin_udp", "tcpmux", "redirect", "banner", "banner_success", "banner_fail", "socket_mode", "socket_owner"];

    /// <summary>Rewrites the expectations instead of checking them; then look at the difference.</summary>
    private static readonly bool Rewrite = Environment.GetEnvironmentVariable("SUPERD_REWRITE_CORPUS") == "1";

    [TestCaseSource(nameof(Sources))]
    public void An_import_comes_to_what_is_expected(string source)
    {
        (List<ServiceFile> files, ImportReport report) = ImportCorpus.Import(source);
        string found = ImportCorpus.Describe(files, report);
        if (Rewrite)
        {
            Directory.CreateDirectory(ImportCorpus.PathOf("expected"));
            File.WriteAllText(ImportCorpus.Expected(source), found);
        }

        Assert.That(found, Is.EqualTo(File.ReadAllText(ImportCorpus.Expected(source))));
    }

    [TestCaseSource(nameof(Sources))]
    public void Every_line_is_in_the_report(string source)
    {
        (_, ImportReport report) = ImportCorpus.Import(source);
        string[] files = Directory.Exists(ImportCorpus.PathOf(source)) ? Directory.GetFiles(ImportCorpus.PathOf(source)) : [ImportCorpus.PathOf(source)];
        foreach (string file in files)
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

    /// <summary>The programs and users of the world are not on this machine: there cat, nobody and nogroup stand for them.</summary>
    [TestCaseSource(nameof(Sources))]
    public void What_is_written_passes_the_check(string source)
    {
        (List<ServiceFile> files, _) = ImportCorpus.Import(source);
        foreach (ServiceFile file in files)
        {
            string[] lines = [.. ImportCorpus.Settings(file).Select(Localize)];
            bool isComplete = (file["listen"] ?? file["tcpmux"]) is not null && (file["exec"] ?? file["builtin"] ?? file["redirect"] ?? file["sensor"]) is not null;
            if (isComplete && !Array.Exists(lines, IsComing))
            {
                Assert.That(ConfigurationFiles.ProblemsOf(string.Join('\n', lines)), Is.Empty, $"{source}: {file.Name}");
            }
        }
    }

    [Test]
    public void There_are_many_entries()
    {
        int entries = Sources.Sum(source => ImportCorpus.Import(source).Files.Count);
        TestContext.Out.WriteLine($"{entries} entries");
        Assert.That(entries, Is.GreaterThan(80));
    }

    private static bool IsSetting(string source, string line) => source.Split('/')[0] switch
    {
        "xinetd" => line.Contains('='),
        "inetd" => line.Length > 0,
        _ => line.Contains('='),
    };

    /// <summary>What this superd does not have yet; a file that says it is checked from the day it has.</summary>
    private static bool IsComing(string line)
    {
        string key = line.Split(' ')[0];
        return key == "listen"
            ? (line.Contains("udp:") || line.Contains("unix:")) && ConfigurationFiles.ProblemsOf($"{line}\nexec = \"/bin/cat\"\nwait = true\n").Length > 0
            : Coming.Contains(key) && KeyTable.Find(KeyPlaces.Service, key) is null;
    }

    private static string Localize(string line)
    {
        line = Regex.Replace(line, "^exec = (\\[?)\"[^\"]*\"", "exec = $1\"/bin/cat\"");
        line = Regex.Replace(line, "^user = .*", "user = \"nobody\"");
        line = Regex.Replace(line, "^group = .*", "group = \"nogroup\"");
        return Regex.Replace(line, "^(banner.*) = .*", "$1 = { file = \"/etc/passwd\" }");
    }
}
