using NUnit.Framework;
using SuperD.Cli.Manual;
using SuperD.Tests.Support;

namespace SuperD.Tests.Docs;

/// <summary>README.md and src/docs agree with each other and with the source.</summary>
public sealed class PageTests
{
    private const int MostLinesOfReadme = 150;

    private static readonly IReadOnlyList<DocumentationPage> s_pages = DocumentationPage.All;

    private static DocumentationPage Readme => s_pages[0];

    private static DocumentationPage Architecture => s_pages.Single(page => page.Path == "src/docs/architecture.md");

    [Test]
    public void The_readme_is_short() => Assert.That(Readme.Text.Count(c => c == '\n'), Is.AtMost(MostLinesOfReadme));

    [Test]
    public void The_readme_leads_to_every_page() =>
        Assert.That(Readme.Links, Is.SupersetOf(s_pages.Skip(1).Select(page => page.Path)));

    [Test]
    public void The_page_of_the_keys_is_what_the_key_table_says() => Assert.That(
        s_pages.Single(page => page.Path == "src/docs/keys.md").Text,
        Is.EqualTo(KeyMarkdown.Render()),
        "write the page again: dotnet run --project src/SuperD -- help keys --markdown > src/docs/keys.md");

    [TestCaseSource(nameof(s_pages))]
    public void Every_link_leads_somewhere(object page)
    {
        using (Assert.EnterMultipleScope())
        {
            var from = (DocumentationPage)page;
            foreach (string link in from.Links.Where(link => !link.StartsWith("https://", StringComparison.Ordinal)))
            {
                string[] parts = link.Split('#');
                string target = parts[0].Length == 0 ? from.Path : RelativeToRoot(from.Path, parts[0]);
                string place = $"{from.Path}: {link}";
                Assert.That(Path.Exists(Repository.PathOf(target)), Is.True, $"{place}: there is no {target}{Elsewhere(target)}");
                if (parts.Length > 1)
                {
                    Assert.That(s_pages.SingleOrDefault(other => other.Path == target)?.Anchors, Has.Some.EqualTo(parts[1]), place);
                }
            }
        }
    }

    [TestCaseSource(nameof(s_pages))]
    public void Every_path_in_backquotes_exists(object page)
    {
        string[] tops = ["src/", "tests/", ".ci/", "services.d/"];
        IEnumerable<string> paths = ((DocumentationPage)page).CodeSpans
            .Where(span => !span.Contains(' ') && tops.Any(top => span.StartsWith(top, StringComparison.Ordinal)));
        Assert.That(paths.Where(path => !Path.Exists(Repository.PathOf(path))), Is.Empty);
    }

    [Test]
    public void Every_folder_of_the_daemon_is_on_both_maps()
    {
        string[] folders = [.. Directory.GetDirectories(Repository.PathOf("src/SuperD")).Select(folder => Path.GetFileName(folder) + "/")];
        Assert.That(folders.Where(folder => !Readme.Text.Contains(folder)), Is.Empty, Readme.Path);
        Assert.That(folders.Where(folder => !Architecture.Text.Contains("    " + folder)), Is.Empty, Architecture.Path);
    }

    private static string RelativeToRoot(string page, string link)
    {
        string folder = Path.GetDirectoryName(Repository.PathOf(page))!; // a file has a directory
        return Path.GetRelativePath(Repository.Root, Path.GetFullPath(link, folder));
    }

    /// <summary>The path of a file with the same name, for a link whose target has moved.</summary>
    private static string Elsewhere(string target)
    {
        string[] roots = [Repository.PathOf("src"), Repository.PathOf("tests")];
        string[] found = [.. roots.SelectMany(root => Directory.GetFiles(root, Path.GetFileName(target), SearchOption.AllDirectories))];
        return found.Length == 1 ? $"; it is now {Path.GetRelativePath(Repository.Root, found[0])}" : "";
    }
}
