using SuperD.Configuration;

namespace SuperD.Cli.Trials;

/// <summary>A hint for a handler that did not find a file by its relative name: it runs in another directory than its author.</summary>
internal static class RelativeName
{
    /// <summary>What handlers say, in the words of libc, sh and node.</summary>
    private static readonly string[] s_complaints = ["no such file or directory", "can't open", "cannot open"];

    private static readonly char[] s_ends = [' ', '\t', '\'', '"', ':', ',', ';', '(', ')', '[', ']', '`'];

    /// <summary>The hint; null when stderr names no file that is beside the program, a script of exec or superd.toml.</summary>
    /// <param name="report">The report of the trial.</param>
    /// <param name="service">The service.</param>
    /// <param name="server">The directory of superd.toml.</param>
    public static string? Hint(TrialReport report, ServiceDefinition service, string server)
    {
        if (service.Process.Chroot is not null)
        {
            return null;
        }

        string handler = service.Process.Directory;

        // What lies there is seldom a file of the handler, and its name may be the first word of the complaint.
        string[] path = ProgramChecker.PathOf(service.Process).Split(':');
        string[] places =
        [
            .. service.Arguments.Prepend(service.Executable)
                .Where(word => word.StartsWith('/'))
                .Select(word => Path.GetDirectoryName(word) ?? "/")
                .Append(server)
                .Where(place => place != handler && !path.Contains(place))
                .Distinct(),
        ];
        IEnumerable<string> lines = report.Runs.Take(1).SelectMany(run => run.Stderr)
            .Where(line => s_complaints.Any(complaint => line.Contains(complaint, StringComparison.OrdinalIgnoreCase)));
        foreach (string word in lines.SelectMany(line => line.Split(s_ends, StringSplitOptions.RemoveEmptyEntries)))
        {
            // python shows a script of its directory "/" as //x.py.
            string name = word.StartsWith("//", StringComparison.Ordinal) ? word[2..] : word;
            if (!name.StartsWith('/') && !File.Exists(Path.Combine(handler, name))
                && Array.Find(places, place => File.Exists(Path.Combine(place, name))) is { } place)
            {
                return $"{Wording.Quote(name)} is in {Wording.Quote(place)}, and the handler runs in {Wording.Quote(handler)}; "
                    + $"name it by its whole path, or write directory = {Wording.QuoteWhole(place)}";
            }
        }

        return null;
    }
}
