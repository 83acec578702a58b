using System.Globalization;

namespace SuperD.Importing;

/// <summary>services(5): the port of a name and a protocol, read when the first one is asked for.</summary>
/// <remarks>The keys of superd know the names of TCP alone; here a name of another protocol counts too.</remarks>
internal sealed class ServicePorts(string file)
{
    private Dictionary<(string Name, string Protocol), int>? _ports;

    public int? Find(string name, string protocol) => (_ports ??= Read()).TryGetValue((name, protocol), out int port) ? port : null;

    /// <summary>A line is <c>name  port/protocol  alias ...  # comment</c>; the first line with a name wins, as in getservbyname(3).</summary>
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
