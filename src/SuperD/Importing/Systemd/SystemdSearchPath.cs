namespace SuperD.Importing.Systemd;

/// <summary>ExecSearchPath=: where systemd looks for a program without a path, which is also the PATH of the program.</summary>
internal static class SystemdSearchPath
{
    /// <summary>The directive.</summary>
    public const string Directive = "ExecSearchPath";

    private static readonly string[] s_usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>The directories; systemd ignores those that are no absolute paths.</summary>
    public static string[] Of(SystemdMapping mapping)
    {
        IReadOnlyList<UnitLine> lines = mapping.Service.All(Directive);
        return lines.Count == 0 ? s_usual
            :
            [
                .. lines.SelectMany(line => line.Value.Split(':'))
                    .Select(directory => UnitWords.FillSpecifiers(directory, mapping.Service.Name).Text)
                    .Where(directory => directory.StartsWith('/'))
            ];
    }

    /// <summary>The path of a program; one that superd's check refuses when no directory has it.</summary>
    /// <returns>The path; and the problem when systemd does not find it where it is told to look.</returns>
    public static (string Program, string? Problem) Find(SystemdMapping mapping, string name)
    {
        string? found = name.StartsWith('/') ? name
            : Of(mapping).Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
        IReadOnlyList<UnitLine> lines = mapping.Service.All(Directive);
        foreach (UnitLine line in lines)
        {
            mapping.Report.Mapped(line.Place, line.Key, "exec, and PATH in env");
        }

        return found is not null || lines.Count == 0
            ? (found ?? name, null)
            : (Path.Combine(Of(mapping).FirstOrDefault(""), name), $"'{name}' is in no directory of {Directive}= on this machine");
    }
}
