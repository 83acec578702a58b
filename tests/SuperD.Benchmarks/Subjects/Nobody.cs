using System.Globalization;

namespace SuperD.Benchmarks.Subjects;

/// <summary>The uid and gid that every handler runs as.</summary>
internal static class Nobody
{
    private static readonly string[] s_entry = File.ReadLines("/etc/passwd")
        .Select(line => line.Split(':'))
        .FirstOrDefault(fields => fields[0] == "nobody")
        ?? throw new BenchException("there is no user nobody in /etc/passwd");

    public static uint UserId { get; } = uint.Parse(s_entry[2], CultureInfo.InvariantCulture);

    public static uint GroupId { get; } = uint.Parse(s_entry[3], CultureInfo.InvariantCulture);
}
