using System.Text;
using SuperD.Configuration.Keys;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Configuration files generated from the key table: every key can occur, with its example value.</summary>
internal static class ServiceTexts
{
    /// <summary>The service keys as lines.</summary>
    public static byte[][] Lines { get; } = LinesOf(KeyPlaces.Service);

    /// <summary>A service on this port with a few other keys; valid in most cases.</summary>
    public static byte[] Service(int port, Random random) => Encoding.UTF8.GetBytes(
        $"listen = \"127.0.0.1:{port}\"\nexec = \"/bin/true\"\n" + Few(KeyPlaces.Service, random));

    /// <summary>A superd.toml with a few keys.</summary>
    public static byte[] Server(Random random) => Encoding.UTF8.GetBytes(
        $"services = \"services.d\"\n{Few(KeyPlaces.Server, random)}[log]\n{Few(KeyPlaces.Log, random)}"
        + $"[control]\n{Few(KeyPlaces.Control, random)}[defaults]\n{Few(KeyPlaces.Defaults, random)}");

    private static string Few(KeyPlaces place, Random random)
    {
        byte[][] lines = LinesOf(place);
        return string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => Encoding.UTF8.GetString(lines[random.Next(lines.Length)])));
    }

    private static byte[][] LinesOf(KeyPlaces place) =>
        [.. KeyTable.Rows
            .Where(key => key.Places.HasFlag(place) && key.Name is not ("log" or "control" or "defaults" or "listen" or "exec"))
            .Select(key => Encoding.UTF8.GetBytes($"{key.Name} = {key.Example}\n"))];
}
