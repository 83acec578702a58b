using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The port names of services(5), read on first use.</summary>
/// <param name="path">The file; a missing one has no names.</param>
internal sealed class PortNames(string path)
{
    /// <summary>The characters RFC 6335 allows in a name, and a few more that occur in files.</summary>
    public const string AllowedCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+";

    /// <summary>The file of most machines.</summary>
    public const string UsualFile = "/etc/services";

    private const int LargestSize = 16 * 1024 * 1024;

    private Dictionary<(string Protocol, string Name), int>? _ports;

    /// <summary>Looks up a port by name.</summary>
    /// <param name="protocol"><c>tcp</c> or <c>udp</c>.</param>
    /// <param name="name">The name; case matters.</param>
    /// <param name="port">The port.</param>
    public bool TryFind(string protocol, string name, out int port) => Ports().TryGetValue((protocol, name), out port);

    /// <summary>All names of a protocol.</summary>
    public IEnumerable<string> NamesOf(string protocol) =>
        Ports().Keys.Where(key => key.Protocol == protocol).Select(key => key.Name);

    private Dictionary<(string Protocol, string Name), int> Ports()
    {
        if (_ports is not null)
        {
            return _ports;
        }

        // An unreadable file has no bytes, so every name is unknown, and that message says to write the number.
        _ports = [];
        foreach (string line in Encoding.UTF8.GetString(SmallFile.Read(path, LargestSize).Bytes).Split('\n'))
        {
            Add(line);
        }

        return _ports;
    }

    /// <summary>A line is <c>name  port/protocol  alias ...  # comment</c>; the first line with a name wins (getservbyname(3)).</summary>
    private void Add(string line)
    {
        int comment = line.IndexOf('#');
        string[] words = (comment < 0 ? line : line[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || words[1].Split('/') is not [var number, var protocol] || !ushort.TryParse(number, out ushort port))
        {
            return;
        }

        for (int i = 0; i < words.Length; i++)
        {
            if (i != 1)
            {
                _ports!.TryAdd((protocol, words[i]), port);
            }
        }
    }
}
