using System.Globalization;
using System.Text.Json;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>Changes the configuration of a running superd.</summary>
internal static class Reloads
{
    /// <summary>Replaces a service file as an editor does: the old one stays until the new one is complete.</summary>
    public static void Write(this Daemon daemon, string service, string toml)
    {
        daemon.Directory.Write($"services.d/.{service}.new", toml);
        File.Move(daemon.Directory[$"services.d/.{service}.new"], daemon.Directory[$"services.d/{service}.toml"], overwrite: true);
    }

    public static void Remove(this Daemon daemon, string service) => File.Delete(daemon.Directory[$"services.d/{service}.toml"]);

    public static void Rename(this Daemon daemon, string service, string name) =>
        File.Move(daemon.Directory[$"services.d/{service}.toml"], daemon.Directory[$"services.d/{name}.toml"]);

    /// <summary>Makes superd reload and returns its reply, success or failure.</summary>
    public static JsonElement TryReload(this Daemon daemon, string options = "") =>
        ConsoleSocket.Ask(daemon, $"{{\"command\":\"reload\"{options}}}");

    /// <summary>Makes superd reload; fails the test if it does not.</summary>
    /// <returns>The counts: added, changed, removed, kept.</returns>
    public static string Reload(this Daemon daemon, string options = "")
    {
        JsonElement reply = daemon.TryReload(options);
        Assert.That(reply.GetProperty("ok").GetBoolean(), Is.True, reply.ToString());
        return Counts(reply);
    }

    /// <summary>The errors of a reply.</summary>
    public static JsonElement[] Errors(JsonElement reply) =>
        [
            .. reply
                .GetProperty("reload")
                .GetProperty("problems")
                .EnumerateArray()
                .Where(problem => problem.GetProperty("severity").GetString() == "error"),
        ];

    /// <summary><c>added 1, changed 0, removed 0, kept 2</c></summary>
    public static string Counts(JsonElement reply)
    {
        JsonElement reload = reply.GetProperty("reload");
        return string.Join(", ", ((string[])["added", "changed", "removed", "kept"]).Select(name => $"{name} {reload.GetProperty(name)}"));
    }

    /// <summary>The descriptor and inode of superd's listening socket on a TCP port: <c>12 socket:[4711]</c>.</summary>
    public static string ListenerAt(this Daemon daemon, int port)
    {
        string inode = File.ReadLines("/proc/net/tcp").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(fields => fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal) && fields[3] == "0A")[9];
        return DescriptorOf(daemon, $"socket:[{inode}]");
    }

    /// <summary>The same for the unconnected socket on a UDP port.</summary>
    public static string DatagramSocketAt(this Daemon daemon, int port)
    {
        string inode = File.ReadLines("/proc/net/udp").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(
                fields => fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal)
                    && fields[2].EndsWith(":0000", StringComparison.Ordinal))[9];
        return DescriptorOf(daemon, $"socket:[{inode}]");
    }

    /// <summary>The same for the path of a Unix-domain socket.</summary>
    public static string ListenerAt(this Daemon daemon, string path)
    {
        string inode = File.ReadLines("/proc/net/unix").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(fields => fields.Length == 8 && fields[7] == path && fields[3] == "00010000")[6]; // __SO_ACCEPTCON: it listens
        return DescriptorOf(daemon, $"socket:[{inode}]");
    }

    /// <summary>The backlog of the listener on a port, from the kernel.</summary>
    public static int BacklogAt(int port)
    {
        string line = Tool.Run(Needs.Program("ss"), "-Hltn", $"sport = :{port}").Trim();
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture);
    }

    private static string DescriptorOf(Daemon daemon, string socket) =>
        ProcFs.Descriptors(daemon.Pid)
            .Where(descriptor => descriptor.Value == socket)
            .Select(descriptor => $"{descriptor.Key} {descriptor.Value}")
            .Single();
}
