using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Cli.Manual;
using SuperD.Configuration;
using SuperD.Configuration.Keys;
using SuperD.Configuration.Rules;
using SuperD.Configuration.Toml;
using SuperD.Importing;
using SuperD.Tests.Docs;
using SuperD.Tests.Importing;
using SuperD.Tests.Support;

namespace SuperD.Tests.Configuration.Schemas;

/// <summary>The schemas of the two kinds of files accept what superd accepts, and nothing else that a schema can see.</summary>
public sealed class SchemaTests
{
    private static readonly string[] s_names = KeySchema.Names;

    private static readonly string[] s_shipped =
    [
        .. Directory.GetFiles(Repository.Root, "superd.toml"),
        .. Directory.GetFiles(Repository.PathOf("services.d"), "*.toml", SearchOption.AllDirectories),
        .. Directory.GetFiles(Repository.PathOf("src"), "*.toml", SearchOption.AllDirectories),
    ];

    private static readonly IEnumerable<string> s_sources = ImportCorpus.Sources;

    private static IEnumerable<FencedBlock> Examples =>
        DocumentationPage.All.SelectMany(page => page.Blocks).Where(block => block.Language == "toml");

    private static IEnumerable<string> Keys =>
        from key in KeyTable.Rows
        from prefix in new (KeyPlaces Place, string Prefix)[]
        {
            (KeyPlaces.Service, ""), (KeyPlaces.Limits, "rlimit."), (KeyPlaces.Server, "/"), (KeyPlaces.Log, "/log."),
            (KeyPlaces.Control, "/control."), (KeyPlaces.Defaults, "/defaults."),
        }
        where key.Places.HasFlag(prefix.Place)
        select prefix.Prefix + key.Name;

    [TestCaseSource(nameof(s_names))]
    public void The_file_in_the_repository_is_what_superd_prints(string name) => Assert.That(
        File.ReadAllText(Repository.PathOf($"src/docs/schema/{name}.json")),
        Is.EqualTo(KeySchema.Render(name)),
        $"write it again: dotnet run --project src/SuperD -- help schema {name} > src/docs/schema/{name}.json");

    [Test]
    public void Without_a_name_superd_prints_that_of_a_service_file() =>
        Assert.That(SuperdProgram.Run("/", "help", "schema").StandardOutput, Is.EqualTo(KeySchema.Render(KeySchema.Service)));

    /// <summary>The examples are to be copied to services.d.</summary>
    [TestCaseSource(nameof(s_shipped))]
    public void A_shipped_file_is_valid_by_schema_and_by_check(string file)
    {
        bool isServer = ConfigurationOption.IsServerFile(file);
        Assert.That((isServer ? FileSchema.Server : FileSchema.Service).ProblemsOf(File.ReadAllText(file)), Is.Empty);
        using ConfigurationFiles files = new(File.ReadAllText(Repository.PathOf("superd.toml")));
        File.CreateSymbolicLink(files.Directory["src"], Repository.PathOf("src"));
        _ = files.Directory.Write("services.d/examples/challenge.flag", "");
        string text = File.ReadAllText(file).Replace("tmp = \"4M\"", "tmp = 0"); // this repository may be in /tmp, which a jail hides
        LoadResult load = (isServer ? files : files.Service(Path.GetFileNameWithoutExtension(file), text)).Load();
        Assert.That(load.Diagnostics.Where(problem => problem.Severity == Severity.Error), Is.Empty);
    }

    [Test]
    public void The_editor_is_told_which_schema_a_shipped_file_has()
    {
        string[] lines = File.ReadAllLines(Repository.PathOf(".taplo.toml"));
        string[] paths = [.. Quoted(lines, "path")];
        Assert.That(paths, Is.EquivalentTo(s_names.Select(name => $"src/docs/schema/{name}.json")));
        string[] patterns = [.. Quoted(lines, "include").Select(glob =>
            $"^{Regex.Escape(glob).Replace(@"\*\*/", "(.*/)?").Replace(@"\*", "[^/]*")}$")];
        foreach (string file in s_shipped)
        {
            int rule = Array.FindIndex(patterns, pattern => Regex.IsMatch(Path.GetRelativePath(Repository.Root, file), pattern));
            string expected = ConfigurationOption.IsServerFile(file) ? KeySchema.Server : KeySchema.Service;
            Assert.That(rule < 0 ? "none" : paths[rule], Is.EqualTo($"src/docs/schema/{expected}.json"), file);
        }

        static IEnumerable<string> Quoted(string[] lines, string key) =>
            lines.Where(line => line.StartsWith(key + " = ", StringComparison.Ordinal)).Select(line => line.Split('"')[1]);
    }

    /// <summary>TomlExampleTests has them checked.</summary>
    [TestCaseSource(nameof(Examples))]
    public void An_example_of_the_documentation_is_valid(object example)
    {
        var block = (FencedBlock)example;
        FileSchema schema = block.Lines[0].EndsWith(" superd.toml", StringComparison.Ordinal) ? FileSchema.Server : FileSchema.Service;
        string action = ActionRules.Actions.Any(key => block.Lines.Any(line => line.StartsWith($"{key} ", StringComparison.Ordinal)))
            || schema == FileSchema.Server ? "" : ConfigurationFiles.Exec;
        Assert.That(schema.ProblemsOf(action + block.Text), Is.Empty);
    }

    /// <summary>CorpusTests has those checked that are complete.</summary>
    [TestCaseSource(nameof(s_sources))]
    public void An_imported_file_is_valid(string source)
    {
        foreach (ServiceFile file in ImportCorpus.Import(source).Files)
        {
            bool isComplete = ActionRules.Actions.Any(key => file[key] is not null);
            Assert.That(FileSchema.Service.ProblemsOf(file.Render() + (isComplete ? "" : ConfigurationFiles.Exec)), Is.Empty, file.Name);
        }
    }

    [TestCase("listen = 1", TestName = "A_file_without_an_action_is_valid_by_neither")]
    [TestCase("listen = 1\nexec = \"/bin/cat\"\nbuiltin = \"echo\"", TestName = "A_file_with_two_actions_is_valid_by_neither")]
    [TestCase("listen = 1\nexec = \"/bin/cat\"\ninstance = 4", TestName = "A_file_with_an_unknown_key_is_valid_by_neither")]
    [TestCase("listen = 1\nexec = \"/bin/cat\"\nrlimit.files = 4", TestName = "A_file_with_an_unknown_key_in_a_table_is_valid_by_neither")]
    [TestCase("listen = 1\nexec = \"/bin/cat\"\nlog.level = \"info\"", TestName = "A_file_with_a_key_of_another_file_is_valid_by_neither")]
    public void A_bad_file_is_valid_by_neither(string text)
    {
        Assert.That(ConfigurationFiles.ProblemsOf(text), Is.Not.Empty);
        Assert.That(FileSchema.Service.ProblemsOf(text), Is.Not.Empty);
    }

    /// <summary>Each key with values of all kinds, good and bad, and with values at the bounds of all forms.</summary>
    [TestCaseSource(nameof(Keys))]
    public void The_schema_of_a_key_and_its_form_agree(string name)
    {
        var wrong = new List<string>();
        int accepted = 0, refused = 0;
        foreach (string value in SampleValues.All)
        {
            string problems = ProblemsOf(name, value), bySchema = ProblemsBySchema(name, value);
            accepted += problems.Length == 0 ? 1 : 0;
            refused += problems.Length == 0 ? 0 : 1;
            bool isOnlyKnownHere = problems.Length > 0 && name.EndsWith("time_zone", StringComparison.Ordinal);
            if (problems.Length == 0 != (bySchema.Length == 0) && !isOnlyKnownHere)
            {
                wrong.Add($"{name} = {value}: superd says '{problems}', the schema '{bySchema}'");
            }
        }

        Assert.That(wrong, Is.Empty);
        Assert.That((accepted > 0, refused > 0), Is.EqualTo((true, true)), $"{accepted} accepted, {refused} refused");
    }

    [TestCaseSource(typeof(SampleValues), nameof(SampleValues.OnlySuperdRefuses))]
    public void What_only_superd_can_know_is_valid_by_the_schema(string name, string value)
    {
        Assert.That(ProblemsOf(name, value), Is.Not.Empty);
        Assert.That(ProblemsBySchema(name, value), Is.Empty);
    }

    private static string ProblemsBySchema(string name, string value)
    {
        string action = name.StartsWith('/') || ActionRules.Actions.Contains(name) ? "" : ConfigurationFiles.Exec;
        return (name.StartsWith('/') ? FileSchema.Server : FileSchema.Service).ProblemsOf($"{action}{name.TrimStart('/')} = {value}");
    }

    /// <summary>The errors of the form alone: without the rules that join keys.</summary>
    private static string ProblemsOf(string name, string value)
    {
        TomlDocument document = TomlDocument.Parse(Encoding.UTF8.GetBytes($"{name.TrimStart('/')} = {value}"), "file");
        Assert.That(document.Diagnostics, Is.Empty, value);
        var problems = new Problems();
        (object config, KeyPlaces place) = name.StartsWith('/')
            ? (new ServerConfig("superd.toml"), KeyPlaces.Server)
            : ((object)new ServiceConfig("han", "han.toml", document), KeyPlaces.Service);
        TableReader.Read(document.Root, config, new TableScope(place, "", "file", problems, null));
        return string.Join("; ", problems.InOrder("").Where(one => one.Severity == Severity.Error).Select(one => one.Message));
    }
}
