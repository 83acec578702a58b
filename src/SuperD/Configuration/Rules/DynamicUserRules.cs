using System.Globalization;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>user = "dynamic" and dynamic_users: users that belong to nobody, and superd's right to use them.</summary>
internal static class DynamicUserRules
{
    private const string Shown = "user = \"dynamic\"";
    private const int LargestFile = 4 * 1024 * 1024;

    /// <summary>What it takes to become any user, to remove its files, and to end its processes.</summary>
    private static readonly (Capability Capability, string Name)[] s_needed =
    [
        (Capability.SetUid, "CAP_SETUID"), (Capability.SetGid, "CAP_SETGID"), (Capability.DacOverride, "CAP_DAC_OVERRIDE"),
        (Capability.FOwner, "CAP_FOWNER"), (Capability.Kill, "CAP_KILL"),
    ];

    /// <summary>Whether a user is written as the word.</summary>
    public static bool IsMeant(Written<Principal>? user) => user?.Value.Name == DynamicUserDefinition.Word;

    /// <summary>The credentials to check a program by: those of the first of the users. Null when there are none (reported).</summary>
    public static Credentials? Resolve(Written<Principal> user, uint? group, ValueArray<uint> groups, LoadContext context)
    {
        if (Array.Find(s_needed, needed => !context.Host.Has(needed.Capability)) is { Name: { } missing })
        {
            context.Problems.Error(
                user.Place,
                $"{Shown} needs root or {missing}: superd runs as {context.OwnUser()} and may not become a user that it makes up, and "
                + $"remove what that leaves; {context.HowToBeAllowed}, or delete the line");
            return null;
        }

        if (!context.Host.Sandbox.HasFilters)
        {
            context.Problems.Error(
                user.Place,
                $"{Shown} cannot keep a program from leaving a set-user-id program behind: this kernel ({context.Host.Sandbox.Kernel}) has "
                + "no seccomp filters, or a container hides them; it takes CONFIG_SECCOMP_FILTER, and a container's profile that allows "
                + "seccomp(2); or name a user");
            return null;
        }

        uint first = context.DynamicUsers.First;
        return new Credentials(first, group ?? first, groups);
    }

    /// <summary>The range, without ids of other users; what is wrong with it is reported once, and only if a service needs it.</summary>
    public static void Check(ServerConfig server, bool isNeeded, LoadContext context)
    {
        if (!isNeeded)
        {
            return;
        }

        Place place = server.DynamicUsers?.Place ?? new Place(server.File, SourceSpan.WholeFile);
        foreach ((string file, string noun) in ((string, string)[])[("/etc/passwd", "user"), ("/etc/group", "group")])
        {
            if (FindIn(file, context.DynamicUsers) is { } found)
            {
                context.Problems.Error(
                    place,
                    $"dynamic_users{(server.DynamicUsers is null ? ", by default" : " =")} \"{context.DynamicUsers}\" contains {found.Id}, "
                    + $"which is the {noun} {Wording.Quote(found.Name)} in {file}; choose a range that belongs to nobody, such as "
                    + $"dynamic_users = \"{Other(context.DynamicUsers)}\"");
                return;
            }
        }
    }

    /// <summary>The first line of passwd(5) or group(5) with an id of the range.</summary>
    private static (uint Id, string Name)? FindIn(string file, UserRange range)
    {
        const int idColumn = 2;
        foreach (string line in Encoding.UTF8.GetString(SmallFile.Read(file, LargestFile).Bytes).Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length > idColumn
                && uint.TryParse(fields[idColumn], CultureInfo.InvariantCulture, out uint id)
                && range.Contains(id))
            {
                return (id, fields[0]);
            }
        }

        return null;
    }

    /// <summary>A range that is as free, by the table of systemd's users and groups: 65536 to 524287 is nobody's.</summary>
    private static UserRange Other(UserRange taken)
    {
        var other = new UserRange(70000, 74095);
        while (FindIn("/etc/passwd", other) is not null || FindIn("/etc/group", other) is not null || other == taken)
        {
            other = new UserRange(other.First + 10000, other.Last + 10000);
        }

        return other;
    }
}
