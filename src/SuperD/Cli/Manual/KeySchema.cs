using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SuperD.Configuration.Keys;
using SuperD.Configuration.Rules;
using SuperD.Configuration.Values;

namespace SuperD.Cli.Manual;

/// <summary>The two kinds of files as JSON Schema (draft 7), for editors that complete and check TOML.</summary>
internal static class KeySchema
{
    public const string Service = "service", Server = "superd";

    public static readonly string[] Names = [Service, Server];

    /// <summary>The schema of this name, as a JSON document with a last newline.</summary>
    public static string Render(string name)
    {
        Schema file = name == Server
            ? KeyTable.SchemaOf(KeyPlaces.Server)
            : KeyTable.SchemaOf(KeyPlaces.Service).RequiringOneOf(ActionRules.Actions);
        using var document = new MemoryStream();
        using (var json = new Utf8JsonWriter(document, new JsonWriterOptions
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for an editor, never for a web page
            Indented = true,
        }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-07/schema#");
            json.WriteString("title", name == Server ? "superd.toml" : "A service of superd, services.d/NAME.toml");
            file.WriteMembers(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(document.ToArray()) + "\n";
    }
}
