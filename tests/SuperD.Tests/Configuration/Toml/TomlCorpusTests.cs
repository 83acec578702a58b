using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Toml;

public sealed class TomlCorpusTests
{
    private static IEnumerable<TestCaseData> Valid => TomlCorpus.Cases("valid");

    private static IEnumerable<TestCaseData> ValidFolders => TomlCorpus.Folders("valid");

    private static IEnumerable<TestCaseData> Invalid => TomlCorpus.Cases("invalid");

    [TestCaseSource(nameof(Valid))]
    public void A_valid_file_reads_to_the_expected_tree(string? name)
    {
        TomlDocument document = TomlDocument.Parse(TomlCorpus.Read(name), name!); // Read asserts it
        using JsonDocument expected = JsonDocument.Parse(TomlCorpus.Read(Path.ChangeExtension(name, ".json")));

        Assert.That(document.Diagnostics, Is.Empty);
        AssertSame(document.Root, expected.RootElement, "root");
    }

    [TestCaseSource(nameof(Invalid))]
    public void An_invalid_file_is_refused_with_a_place(string? name)
    {
        TomlDocument document = TomlDocument.Parse(TomlCorpus.Read(name), name!); // Read asserts it

        Assert.That(document.Diagnostics, Is.Not.Empty);
        foreach (Diagnostic problem in document.Diagnostics)
        {
            TestContext.Out.WriteLine(problem);
            Assert.That(problem.Span.Line, Is.GreaterThanOrEqualTo(1));
            Assert.That(problem.Span.Column, Is.GreaterThanOrEqualTo(1));
            Assert.That(problem.Span.Length, Is.GreaterThanOrEqualTo(1));
        }
    }

    [TestCaseSource(typeof(TomlCorpus), nameof(TomlCorpus.ValidInToml11))]
    public void A_file_that_only_toml_1_0_refuses_is_read(string name)
    {
        TomlDocument document = TomlDocument.Parse(TomlCorpus.Read(name), name);

        Assert.That(document.Diagnostics, Is.Empty);
        Assert.That(document.Root.Entries, Has.Count.EqualTo(1));
    }

    [TestCaseSource(nameof(ValidFolders))]
    public void Nothing_is_found_wrong_with_a_valid_statement(string?[] names)
    {
        foreach (string? name in names)
        {
            TomlProblems problems = new(name ?? "");
            TomlCursor cursor = new(TomlText.Decode(TomlCorpus.Read(name), problems)!); // valid: it has a text
            while (!cursor.IsAtEnd)
            {
                new TomlExplainer(cursor, depth: 0, problems).Explain();
            }

            Assert.That(problems.ToList(), Is.Empty);
        }
    }

    private static void AssertSame(TomlNode actual, JsonElement expected, string path)
    {
        switch (actual)
        {
            case TomlTable table:
                IEnumerable<string> names = expected.EnumerateObject().Select(member => member.Name);
                Assert.That(table.Entries.Select(entry => entry.Key), Is.EquivalentTo(names), path);
                foreach (TomlEntry entry in table.Entries)
                {
                    AssertSame(entry.Value, expected.GetProperty(entry.Key), $"{path}.{entry.Key}");
                }

                break;
            case TomlArray array:
                Assert.That(array.Items, Has.Count.EqualTo(expected.GetArrayLength()), path);
                for (int i = 0; i < array.Items.Count; i++)
                {
                    AssertSame(array.Items[i], expected[i], $"{path}[{i}]");
                }

                break;
            default:
                string type = expected.GetProperty("type").GetString()!; // the corpus' format
                string value = expected.GetProperty("value").GetString()!;
                AssertSameScalar(actual, type, value, path);
                break;
        }
    }

    private static void AssertSameScalar(TomlNode actual, string type, string value, string path)
    {
        (string Type, object Value) found = actual switch
        {
            TomlString text => ("string", text.Value),
            TomlInteger integer => ("integer", integer.Value),
            TomlFloat number => ("float", number.Value),
            TomlBoolean boolean => ("bool", boolean.Value),
            TomlDateTime { Value: { Date: not null, Time: null } date } => ("date-local", date),
            TomlDateTime { Value: { Date: null, Time: not null } time } => ("time-local", time),
            TomlDateTime { Value: { Offset: null } local } => ("datetime-local", local),
            TomlDateTime { Value: var dateTime } => ("datetime", dateTime),
            _ => throw new ArgumentException($"no scalar: {actual}"),
        };
        object wanted = type switch
        {
            "string" => value,
            "integer" => long.Parse(value, CultureInfo.InvariantCulture),
            "float" => value switch
            {
                "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                "nan" => double.NaN,
                _ => double.Parse(value, CultureInfo.InvariantCulture),
            },
            "bool" => value == "true",
            "date-local" => new TomlDateTimeValue(DateOnly.Parse(value, CultureInfo.InvariantCulture), null, null),
            "time-local" => new TomlDateTimeValue(null, TimeOnly.Parse(value, CultureInfo.InvariantCulture), null),
            "datetime-local" => Combined(DateTimeOffset.Parse(value + "Z", CultureInfo.InvariantCulture)) with { Offset = null },
            "datetime" => Combined(DateTimeOffset.Parse(value, CultureInfo.InvariantCulture)),
            _ => throw new ArgumentException($"unknown type {type}"),
        };
        Assert.That(found, Is.EqualTo((type, wanted)), path);
    }

    private static TomlDateTimeValue Combined(DateTimeOffset moment) =>
        new(DateOnly.FromDateTime(moment.DateTime), TimeOnly.FromDateTime(moment.DateTime), moment.Offset);
}
