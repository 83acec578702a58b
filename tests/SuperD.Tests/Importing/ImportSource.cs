using SuperD.Importing;
using SuperD.Importing.Inetd;
using SuperD.Importing.Systemd;
using SuperD.Importing.Xinetd;
using SuperD.Tests.Support;

namespace SuperD.Tests.Importing;

/// <summary>A configuration to import, in a directory of its own.</summary>
internal sealed class ImportSource : IDisposable
{
    public TempDir Directory { get; } = new();

    public ImportReport Report { get; } = new();

    /// <summary>Imports one xinetd service with the required attributes and these.</summary>
    /// <param name="attributes">Lines of the entry; they replace the required ones of the same name.</param>
    public ServiceFile XinetdService(string attributes) => Xinetd(Entry(attributes)).Single();

    /// <summary>The minimum that xinetd starts: TCP on a numeric port, a program, a user.</summary>
    public static string Entry(string attributes, string name = "test")
    {
        (string Name, string Value)[] usual =
        [
            ("type", "UNLISTED"), ("port", "9003"), ("socket_type", "stream"), ("wait", "no"), ("user", "nobody"), ("server", "/bin/cat")
        ];
        string[] written = [.. attributes.Split('\n').Select(line => line.Trim().Split(' ')[0])];
        string lines = string.Concat(usual.Where(one => !written.Contains(one.Name)).Select(one => $"{one.Name} = {one.Value}\n"));
        return $"service {name}\n{{\n{lines}{attributes}\n}}\n";
    }

    public List<ServiceFile> Xinetd(string text, ImportHost? host = null) =>
        XinetdMapper.Import(Directory.Write("xinetd.conf", text), Report, host ?? ImportCorpus.Host).Files!; // the file exists

    public List<ServiceFile> Inetd(string text, InetdDialect? dialect = null) =>
        // the file exists
        InetdMapper.Import(Directory.Write("inetd.conf", text), dialect ?? InetdDialect.OpenBsd, Report, ImportCorpus.Host).Files!;

    /// <summary>Imports test.socket with test@.service (or test.service, without Accept=yes in the socket).</summary>
    public ServiceFile Systemd(string socket, string service)
    {
        Directory.Write(socket.Contains("Accept=yes") ? "test@.service" : "test.service", $"[Service]\n{service}\n");
        // the files exist
        return SystemdMapper.Import([Directory.Write("test.socket", $"[Socket]\n{socket}\n")], Report, ImportCorpus.Host).Files!.Single();
    }

    /// <summary>The report, one note per line, without the directory.</summary>
    public string[] Notes => [.. Report.Notes.Select(note => note.ToString().Replace(Directory.Path + "/", ""))];

    public void Dispose() => Directory.Dispose();
}
