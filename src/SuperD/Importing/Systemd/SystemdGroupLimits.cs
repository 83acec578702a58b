using System.Collections.Immutable;
using SuperD.Configuration.Values;

namespace SuperD.Importing.Systemd;

/// <summary>MemoryMax=, TasksMax= and CPUQuota=, the key limit.</summary>
/// <remarks>With Accept=yes each connection has a unit, and so a cgroup, of its own there too.</remarks>
internal static class SystemdGroupLimits
{
    /// <summary>The directives, and their items of <c>limit</c>.</summary>
    public static readonly ImmutableArray<(string Directive, string Item)> Rows =
        [("MemoryMax", "memory"), ("TasksMax", "processes"), ("CPUQuota", "cpu")];

    /// <summary>Sets the key.</summary>
    public static void Map(SystemdMapping mapping)
    {
        var limits = new List<string>();
        foreach ((string directive, string item) in Rows)
        {
            if (mapping.Service.Last(directive) is not { } line)
            {
                continue;
            }

            if (line.Value == "infinity")
            {
                mapping.Report.Mapped(line.Place, line.Key, "no limit");
            }
            else if (mapping.File["orphans"] == TomlValue.Of("keep"))
            {
                mapping.NotMapped(line, "superd does not limit processes that it keeps (orphans = \"keep\")");
            }
            else if (ValueOf(item, line.Value) is not { } value)
            {
                mapping.NotMapped(line, $"limit.{item} takes no such value: write one that it takes");
            }
            else
            {
                limits.Add($"{item} = {value}");
                string limit = $"limit.{item} = {value}";
                if (item == "memory")
                {
                    mapping.Report.Differs(line.Place, line.Key, $"{limit}; superd kills the whole group, and lets it use no swap");
                }
                else
                {
                    mapping.Report.Mapped(line.Place, line.Key, limit);
                }
            }
        }

        if (limits.Count > 0)
        {
            mapping.File.Set("limit", $"{{ {string.Join(", ", limits)} }}");
        }
    }

    /// <summary>Null for what superd cannot read, such as a share of the machine's memory.</summary>
    private static string? ValueOf(string item, string text)
    {
        if (item == "memory")
        {
            return SystemdValue.Size(text) is { } size && ByteSize.TryParse(size, out ulong bytes) && bytes >= GroupLimitsForm.LeastMemory
                ? TomlValue.Of(size)
                : null;
        }

        string digits = item == "cpu" && text.EndsWith('%') ? text[..^1] : item == "cpu" ? "" : text;
        return int.TryParse(digits, out int number) && number is >= 1 and <= GroupLimitsForm.MostPercent
            ? item == "cpu" ? TomlValue.Of($"{number}%") : TomlValue.Of(number)
            : null;
    }
}
