using System.Collections.Immutable;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>user, group and groups: the identity of a handler, and whether superd has the privilege to set it.</summary>
internal static class CredentialRules
{
    /// <summary>The credentials of these keys; null when none is written, superd already has them, or they are bad (reported).</summary>
    public static Credentials? Resolve(
        Written<Principal>? user,
        Written<Principal>? group,
        Written<ImmutableArray<Written<Principal>>>? groups,
        LoadContext context)
    {
        if (user is null && group is null && groups is null)
        {
            return null;
        }

        if (DynamicUserRules.IsMeant(user))
        {
            uint? ownGroup = group is null ? null : FindGroup(group, context);
            ImmutableArray<uint>? own = groups is null ? [] : FindGroups(groups, context);
            if ((group is not null && ownGroup is null) || own is null)
            {
                return null;
            }

            Place? written = group?.Place ?? (own.Value.IsEmpty ? null : groups?.Place);
            return DynamicUserRules.Resolve(user!, ownGroup, own.Value, written, context); // it is meant, so written
        }

        HostContext host = context.Host;
        User? account = context.FindUser(user?.Value ?? new Principal(null, host.UserId), out int errno);
        bool good = errno == 0 || CannotAsk(user?.Place, "user", errno, context);
        if (user is { Value.Name: { } name } && account is null && good)
        {
            string hint = uint.TryParse(name, out uint id)
                ? $"; for a user id write it without quotes: user = {id}"
                : "; " + NameOne("passwd", name);
            good = Error(context, user.Place, $"user {Wording.Quote(name)} is not known on this machine{hint}");
        }

        uint userId = account?.UserId ?? user?.Value.Id ?? host.UserId;
        uint? groupId = group is null ? OwnGroup(user, account, host) : FindGroup(group, context);
        if (groupId is null && group is null && good)
        {
            good = Error(context, user!.Place, $"user {user.Value} is not in passwd, so its group is not known; add group = ...");
        }

        ImmutableArray<uint>? supplementary = groups is null ? OwnGroups(user, account, context) : FindGroups(groups, context);
        if (!good || groupId is null || supplementary is null)
        {
            return null;
        }

        var credentials = new Credentials(userId, groupId.Value, supplementary.Value);
        return NeedsNoChange(credentials, groups is not null, host) ? null : Permitted(credentials, user, group, groups, context);
    }

    /// <summary>The uid of a user by name or number; null when it is not known (reported).</summary>
    public static uint? FindUserId(Written<Principal> user, LoadContext context)
    {
        if (user.Value.Name is null)
        {
            return user.Value.Id;
        }

        if (context.FindUser(user.Value, out int errno) is { } found)
        {
            return found.UserId;
        }

        string unknown = $"user {user.Value} is not known on this machine; {NameOne("passwd", user.Value.Name)}";
        _ = errno != 0 ? CannotAsk(user.Place, "user", errno, context) : Error(context, user.Place, unknown);
        return null;
    }

    /// <summary>True when the handler keeps superd's own credentials, and superd may not even call setgroups(2) to set the same.</summary>
    private static bool NeedsNoChange(Credentials credentials, bool groupsWritten, HostContext host) =>
        !host.Has(Capability.SetGid)
        && credentials.UserId == host.UserId
        && credentials.GroupId == host.GroupId
        && (!groupsWritten || new HashSet<uint>(credentials.Groups).SetEquals(host.Groups));

    private static Credentials? Permitted(
        Credentials credentials,
        Written<Principal>? user,
        Written<Principal>? group,
        Written<ImmutableArray<Written<Principal>>>? groups,
        LoadContext context)
    {
        HostContext host = context.Host;
        bool good = true;
        if (user is not null && credentials.UserId != host.UserId && !host.Has(Capability.SetUid))
        {
            good = NeedsRoot(user.Place, $"user = {user.Value}", "change its user", "CAP_SETUID", context);
        }
        else if (group is not null && credentials.GroupId != host.GroupId && !host.Has(Capability.SetGid))
        {
            good = NeedsRoot(group.Place, $"group = {group.Value}", "change its group", "CAP_SETGID", context);
        }
        else if (!host.Has(Capability.SetGid))
        {
            Place place = groups?.Place ?? user?.Place ?? group!.Place;
            string what = groups is not null ? "groups" : user is not null ? $"user = {user.Value}" : $"group = {group!.Value}";
            good = NeedsRoot(place, what, "change its groups", "CAP_SETGID", context);
        }

        return good ? credentials : null;
    }

    private static bool NeedsRoot(Place place, string what, string deed, string capability, LoadContext context) => Error(
        context,
        place,
        $"{what} needs root or {capability}: superd runs as {context.OwnUser()} and may not {deed}; {context.HowToBeAllowed}, "
        + "or delete the line");

    private static uint? OwnGroup(Written<Principal>? user, User? account, HostContext host) =>
        user is null ? host.GroupId : account?.GroupId;

    /// <summary>The groups when none are written: those of the user's login; none for an unknown uid; without user superd's own.</summary>
    private static ImmutableArray<uint> OwnGroups(Written<Principal>? user, User? account, LoadContext context) =>
        user is null ? context.Host.Groups : account is null ? [] : context.GroupsOf(account);

    /// <summary>The gid of a group by name or number; null when it is not known (reported).</summary>
    public static uint? FindGroup(Written<Principal> group, LoadContext context)
    {
        if (group.Value.Name is null)
        {
            return group.Value.Id;
        }

        if (context.FindGroup(group.Value, out int errno) is { } found)
        {
            return found.GroupId;
        }

        if (errno != 0)
        {
            CannotAsk(group.Place, "group", errno, context);
            return null;
        }

        string hint = uint.TryParse(group.Value.Name, out uint id)
            ? $"; for a group id write it without quotes: {id}"
            : "; " + NameOne("group", group.Value.Name);
        context.Problems.Error(group.Place, $"group {group.Value} is not known on this machine{hint}");
        return null;
    }

    private static ImmutableArray<uint>? FindGroups(Written<ImmutableArray<Written<Principal>>> groups, LoadContext context)
    {
        bool good = true;
        var ids = ImmutableArray.CreateBuilder<uint>(groups.Value.Length);
        foreach (Written<Principal> group in groups.Value)
        {
            uint? id = FindGroup(group, context);
            good &= id is not null;
            ids.Add(id ?? 0);
        }

        return good ? ids.ToImmutable() : null;
    }

    /// <summary>The local account that a mistyped name most likely stands for, or how to find one.</summary>
    /// <param name="database"><c>passwd</c> or <c>group</c>.</param>
    private static string NameOne(string database, string name)
    {
        const int LargestFile = 1024 * 1024;
        string[] lines = Encoding.UTF8.GetString(SmallFile.Read("/etc/" + database, LargestFile).Bytes).Split('\n');
        return NearestName.Find(name, lines.Select(line => line.Split(':')[0])) is { } near
            ? $"did you mean {Wording.QuoteWhole(near)}?"
            : $"name one of this machine ('getent {database}' lists them)";
    }

    private static bool CannotAsk(Place? place, string noun, int errno, LoadContext context)
    {
        string message = $"the {noun} cannot be looked up: {Errno.Describe(errno)}; check the name service (nsswitch.conf)";
        return place is null || Error(context, place.Value, message);
    }

    private static bool Error(LoadContext context, Place place, string message)
    {
        context.Problems.Error(place, message);
        return false;
    }
}
