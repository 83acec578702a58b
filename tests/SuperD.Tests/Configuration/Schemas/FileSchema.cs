using System.Text;
using System.Text.Json;
using Json.Schema;
using NUnit.Framework;
using SuperD.Cli.Manual;
using SuperD.Configuration.Toml;

namespace SuperD.Tests.Configuration.Schemas;

/// <summary>A schema that <c>superd help schema</c> prints, as another program's validator reads it.</summary>
internal sealed class FileSchema
{
    public static readonly FileSchema Service = new(KeySchema.Service), Server = new(KeySchema.Server);

    private readonly JsonSchema _schema;

    private FileSchema(string name) => _schema = JsonSchema.FromText(KeySchema.Render(name));

    /// <summary>What is wrong with the text of a TOML file; empty when it is valid.</summary>
    public string ProblemsOf(string toml)
    {
        TomlDocument document = TomlDocument.Parse(Encoding.UTF8.GetBytes(toml), "file");
        Assert.That(document.Diagnostics, Is.Empty, toml);
        EvaluationResults results = _schema.Evaluate(ToJson(document.Root), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid ? "" : string.Join('\n', (results.Details ?? []).Where(one => one.Errors is not null).Select(Describe));
    }

    private static string Describe(EvaluationResults result) =>
        $"{result.InstanceLocation}: {string.Join("; ", result.Errors!.Values)}"; // those without errors are left out

    /// <summary>A TOML value as an editor's validator gets it: dates become text.</summary>
    private static JsonElement ToJson(TomlNode node)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            Write(writer, node);
        }

        return JsonElement.Parse(json.ToArray());
    }

    private static void Write(Utf8JsonWriter json, TomlNode node)
    {
        switch (node)
        {
            case TomlTable table:
                json.WriteStartObject();
                foreach (TomlEntry entry in table.Entries)
                {
                    json.WritePropertyName(entry.Key);
                    Write(json, entry.Value);
                }

                json.WriteEndObject();
                break;
            case TomlArray array:
                json.WriteStartArray();
                foreach (TomlNode item in array.Items)
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            case TomlInteger integer:
                json.WriteNumberValue(integer.Value);
                break;
            case TomlFloat { Value: var number }:
                Assert.That(double.IsFinite(number), Is.True, "JSON has no such number");
                json.WriteNumberValue(number);
                break;
            case TomlBoolean boolean:
                json.WriteBooleanValue(boolean.Value);
                break;
            case TomlString text:
                json.WriteStringValue(text.Value);
                break;
            default:
                json.WriteStringValue(node.ToString());
                break;
        }
    }
}
