using System.CommandLine;
using SuperD.Cli.Manual;

namespace SuperD.Cli;

/// <summary><c>superd help schema [service|superd]</c>: the JSON schema of a kind of file, generated from the key table.</summary>
internal static class HelpSchemaCommand
{
    public const string Name = "schema";

    public static Command Build()
    {
        Argument<string> name = new("file")
        {
            HelpName = string.Join('|', KeySchema.Names),
            Description = "The kind of file: of one service, or superd.toml",
            DefaultValueFactory = _ => KeySchema.Service,
        };
        name.AcceptOnlyFromAmong(KeySchema.Names);
        Command schema = new(Name, "Print the JSON schema of a service file or superd.toml, for editors") { name };
        schema.SetAction(parsed =>
        {
            Console.Out.Write(KeySchema.Render(parsed.GetRequiredValue(name)));
            return ExitCode.Ok;
        });
        return schema;
    }
}
