using System.Globalization;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>superd's page as a service of a test, and its clients: plain sockets that write requests as text.</summary>
internal static class PageService
{
    public const string Name = "web";

    /// <summary>The service file. As root the page has a user of its own, who must be able to read superd's assembly.</summary>
    public static string File => "listen = '127.0.0.1:0'\nbuiltin = 'web'\n" + UserKey;

    private static string UserKey =>
        SuperdProgram.Path != SuperdProgram.JitPath || IsOpenToAll(SuperdProgram.JitPath) ? "" : TomlText.OwnUser;

    /// <summary>Sends a request and returns the whole response.</summary>
    /// <param name="line">The method and the path.</param>
    /// <param name="headers">Lines without their CRLF; with a Host among them the usual one is left out.</param>
    public static string Ask(this Daemon daemon, string line, params string[] headers)
    {
        using Client client = daemon.Request(line, headers);
        return client.ReadToEnd();
    }

    /// <summary>Sends a request whose response is read by the caller.</summary>
    public static Client Request(this Daemon daemon, string line, params string[] headers)
    {
        int port = daemon.Port(Name);
        string[] host = headers.Any(header => header.StartsWith("Host:", StringComparison.Ordinal))
            ? []
            : [string.Create(CultureInfo.InvariantCulture, $"Host: 127.0.0.1:{port}")];
        return new Client(port).Send($"{line} HTTP/1.1\r\n{string.Join("\r\n", [.. host, .. headers])}\r\n\r\n");
    }

    /// <summary>Orders something as the page does.</summary>
    public static string Order(this Daemon daemon, string what, string token) => daemon.Ask(
        $"POST /api/{what}",
        "Content-Length: 0",
        string.Create(CultureInfo.InvariantCulture, $"Origin: http://127.0.0.1:{daemon.Port(Name)}"),
        $"X-Superd-Token: {token}");

    /// <summary>Waits until so many processes of the page were started, and checks that there was no other.</summary>
    public static void WaitForPages(this Daemon daemon, int count)
    {
        bool IsStart(LogLine line) => line.Is("start_wait", Name);
        _ = daemon.WaitFor(IsStart, count, $"{count} processes of the page were started");
        Assert.That(daemon.Log.Count(IsStart), Is.EqualTo(count));
    }

    /// <summary>The status of a response.</summary>
    public static string StatusOf(string response) => response.Split(' ') is [_, var status, ..] ? status : response;

    private static bool IsOpenToAll(string path)
    {
        for (DirectoryInfo? directory = Directory.GetParent(path); directory is not null; directory = directory.Parent)
        {
            if (!directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }
}
