using System.Globalization;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>user = "dynamic" and dynamic_users: users that belong to nobody, and superd's right to use them.</summary>
internal static class DynamicUserRules
{
    private const string Shown = "user = \"dynamic\"";

    /// <summary>How many of the ids of subuid(5) are enough for the connections of one machine.</summary>
    private const int SubordinateUsers = 4096;

    private const int LargestFile = 4 * 1024 * 1024;

    /// <summary>What it takes to become any user, to remove its files, and to end its processes.</summary>
    private static readonly (Capability Capability, string Name)[] s_needed =
    [
        (Capability.SetUid, "CAP_SETUID"), (Capability.SetGid, "CAP_SETGID"), (Capability.DacOverride, "CAP_DAC_OVERRIDE"),
        (Capability.FOwner, "CAP_FOWNER"), (Capability.Kill, "CAP_KILL"),
    ];

    /// <summary>Whether a user is written as the word.</summary>
    public static bool IsMeant(Written<Principal>? user) => user?.Value.Name == DynamicUserDefinition.Word;

    /// <summary>Where the users come from, if <see cref="Resolve"/> has found no problem.</summary>
    public static DynamicUserDefinition SourceOf(bool hasOwnGroup, LoadContext context) =>
        new(RangeOf(context), hasOwnGroup, IsSubordinate: FindMissing(context) is not null);

    /// <summary>The credentials to check a program by: those of the first of the users. Null when there are none (reported).</summary>
    /// <param name="group">The group of all of them; null: each has its own.</param>
    /// <param name="others">The supplementary groups.</param>
    /// <param name="groups">The place of <c>group</c> or <c>groups</c>; null without both.</param>
    public static Credentials? Resolve(
        Written<Principal> user, uint? group, ValueArray<uint> others, Place? groups, LoadContext context)
    {
        if (!context.Host.Sandbox.HasFilters)
        {
            context.Problems.Error(
                user.Place,
                $"{Shown} cannot keep a program from leaving a set-user-id program behind: this kernel ({context.Host.Sandbox.Kernel}) has "
                + "no seccomp filters, or a container hides them; it takes CONFIG_SECCOMP_FILTER, and a container's profile that allows "
                + "seccomp(2); or name a user");
            return null;
        }

        Place place = user.Place;
        if (FindMissing(context) is { } missing && FindSubordinateProblem(missing, groups, context, ref place) is { } problem)
        {
            context.Problems.Error(place, problem);
            return null;
        }

        uint first = RangeOf(context).First;
        return new Credentials(first, group ?? first, others);
    }

    /// <summary>The range, without ids of other users; what is wrong with it is reported once, and only if a service needs it.</summary>
    public static void Check(ServerConfig server, bool isNeeded, LoadContext context)
    {
        if (!isNeeded)
        {
            return;
        }

        UserRange users = RangeOf(context);
        Place place = context.DynamicUsers?.Place ?? new Place(server.File, SourceSpan.WholeFile);
        foreach ((string file, string noun) in ((string, string)[])[("/etc/passwd", "user"), ("/etc/group", "group")])
        {
            if (FindIn(file, users) is { } found)
            {
                string advice = FindMissing(context) is null
                    ? $"choose a range that belongs to nobody, such as dynamic_users = \"{Other(users)}\""
                    : "choose others of those that subuid(5) gives superd's user";
                context.Problems.Error(
                    place,
                    $"dynamic_users{(context.DynamicUsers is null ? ", by default" : " =")} \"{users}\" contains {found.Id}, "
                    + $"which is the {noun} {Wording.Quote(found.Name)} in {file}; {advice}");
                return;
            }
        }
    }

    /// <summary>The name of a capability that superd lacks to become any user; null if it has all.</summary>
    private static string? FindMissing(LoadContext context) =>
        Array.Find(s_needed, needed => !context.Host.Has(needed.Capability)).Name;

    private static UserRange RangeOf(LoadContext context) =>
        context.DynamicUsers?.Value
        ?? (FindMissing(context) is null ? DynamicUserDefinition.DefaultRange : UsualOf(context.SubordinateUsers[0]));

    /// <summary>Ids that rootless containers of the same user hardly have: theirs begin with the first, and nobody is the last.</summary>
    private static UserRange UsualOf(UserRange all)
    {
        uint last = all.Count < 3 * SubordinateUsers ? all.Last : all.Last - SubordinateUsers;
        return new UserRange(all.Count < SubordinateUsers ? all.First : last - SubordinateUsers + 1, last);
    }

    /// <summary>Why superd cannot have users by subuid(5); null if it can.</summary>
    /// <param name="missing">What it lacks to have them without.</param>
    /// <param name="place">That of the user; another if something else is at fault.</param>
    private static string? FindSubordinateProblem(string missing, Place? groups, LoadContext context, ref Place place)
    {
        string ways = $"{context.HowToBeAllowed}, or delete the line";
        if (groups is { } written)
        {
            place = written;
            return $"group and groups with {Shown} need root or {missing}: superd runs as {context.OwnUser()}; {ways}";
        }

        if (context.SubordinateUsers is [])
        {
            return $"{Shown} needs root or {missing}, or ids of subuid(5): superd runs as {context.OwnUser()}, to whom "
                + $"{SubordinateIds.UserFile} and {SubordinateIds.GroupFile} give none; {HowToGive(context)}, or {ways}";
        }

        if (context.DynamicUsers is { } range
            && !context.SubordinateUsers.Any(own => own.Contains(range.Value.First) && own.Contains(range.Value.Last)))
        {
            place = range.Place;
            return $"dynamic_users = \"{range.Value}\" is not among the ids that {SubordinateIds.UserFile} and "
                + $"{SubordinateIds.GroupFile} give {context.OwnUser()}: {string.Join(", ", context.SubordinateUsers)}; write some of "
                + $"these, such as \"{UsualOf(context.SubordinateUsers[0])}\", or delete the line";
        }

        return context.FindUserNamespaceObstacle(RangeOf(context)) is { } error
            ? $"{Shown} without root takes a user namespace, which cannot be made here, {error.Step}: {WhyNot(error, context)}; or {ways}"
            : null;
    }

    private static string HowToGive(LoadContext context)
    {
        const uint Usual = 65536;
        uint first = SubordinateIds.FindFree();
        return context.OwnName is { } name
            ? $"as root, run usermod --add-subuids {first}-{first + Usual - 1} --add-subgids {first}-{first + Usual - 1} {name}"
            : $"add the line {context.Host.UserId}:{first}:{Usual} to both";
    }

    private static string WhyNot(UserNamespaceError error, LoadContext context) => error switch
    {
        { Step: "newuidmap" or "newgidmap", Errno: Errno.ENOENT, Said: "" } =>
            "it is not on this machine; install it, with Debian's package uidmap or others' shadow-utils",
        { Step: "newuidmap" or "newgidmap" } =>
            $"{(error.Said is "" ? "it did not work" : error.Said.Replace($"{error.Step}: ", ""))}; it has no privilege where a "
            + "service manager or a container takes those of set-user-id programs (NoNewPrivileges=, nosuid)",
        _ => $"{Errno.Describe(error.Errno)}; {JailRules.WhyNoUserNamespace(error.Errno, context.Host.Sandbox)}",
    };

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
