using System.CommandLine;

namespace SuperD.Cli.Manual;

/// <summary>The manual pages of superd, by name.</summary>
internal static class ManualPages
{
    public const string Program = "superd", Server = "superd.toml", Service = "superd-service";

    public static readonly string[] Names = [Program, Server, Service];

    /// <summary>The page of this name as roff, for <c>man -l</c>.</summary>
    public static string Render(string name, RootCommand root)
    {
        RoffPage page = name switch
        {
            Server => KeyManual.Server(),
            Service => KeyManual.Service(),
            _ => CommandManual.Build(root),
        };
        return page.ToString();
    }
}
