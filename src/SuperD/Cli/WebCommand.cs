using System.CommandLine;
using SuperD.Cli.Web;

namespace SuperD.Cli;

/// <summary><c>superd web</c>: serves superd's page on the socket that superd passes to it; see the key <c>builtin = "web"</c>.</summary>
internal static class WebCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build()
    {
        Option<string[]> sockets = new(ConsoleOptions.SocketName)
        {
            HelpName = "PATH",
            Description = "Where the console's socket may be; the first that exists is asked",
        };
        Option<string[]> hosts = new("--host") { HelpName = "NAME", Description = "A name by which browsers reach the page" };
        Option<bool> write = new("--write") { Description = "Offer to end, pause, drain and reload, with the token of web.write" };
        Command web = new("web", "Serve superd's page; superd runs it for a service with builtin = \"web\"");
        web.Options.Add(sockets);
        web.Options.Add(hosts);
        web.Options.Add(write);
        web.SetAction(parsed => Run(parsed.GetValue(sockets) ?? [], parsed.GetValue(hosts) ?? [], parsed.GetValue(write)));
        return web;
    }

    private static int Run(string[] sockets, string[] hosts, bool write)
    {
        if (sockets.Length == 0 || Environment.GetEnvironmentVariable("LISTEN_FDS") != "1")
        {
            Console.Error.WriteLine(
                "superd: superd itself runs 'superd web', with a listening socket; write builtin = \"web\" in a service file "
                + "(services.d/web.toml), and open its address in a browser");
            return ExitCode.Usage;
        }

        using var feed = new WebFeed(sockets);
        if (!feed.TryBegin(out int exitCode))
        {
            return exitCode; // the reason is on stderr, which is superd's log
        }

        new WebServer(feed, new WebPages(feed, new WebActions(sockets), new WebGate(hosts), write)).Run();
        return ExitCode.Ok;
    }
}
