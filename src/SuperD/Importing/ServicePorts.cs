using System.Globalization;

namespace SuperD.Importing;

/// <summary>Port numbers by name and protocol from services(5), read on first use.</summary>
internal sealed class ServicePorts(string file)
{
    private Dictionary<(string Name, string Protocol), int>? _ports;

    /// <summary>The port of a name; null when the file has none for that protocol.</summary>
    public int? Find(string name, string protocol) =>
        (_ports ??= Read()).TryGetValue((name, protocol), out int port) ? port : null;

    /// <summary>A line is <c>name  port/protocol  alias ...  # comment</c>; the first line with a name wins (getservbyname(3)).</summary>
    private Dictionary<(string, string), int> Read()
    {
        var found = new Dictionary<(string, string), int>();
        foreach (string line in SourceText.ReadLines(file).Lines)
        {
            string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            string[] address = words.Length > 1 ? words[1].Split('/') : [];
            if (address.Length == 2 && ushort.TryParse(address[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            {
                foreach (string name in words.Where((_, index) => index != 1))
                {
                    found.TryAdd((name, address[1]), port);
                }
            }
        }

        return found;
    }
}
