using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>The users and groups of one list.</summary>
internal readonly record struct LocalClients(ImmutableArray<uint> Users, ImmutableArray<uint> Groups, bool HasEveryUser);

/// <summary>uid: and gid: items of lists: resolves them, and checks that the lists fit the sockets of the service.</summary>
/// <remarks>A client of a Unix-domain socket has a uid and no address; a client of a port has an address and no uid.</remarks>
internal static class LocalClientRules
{
    /// <summary>The users and groups of a list; unknown ones are reported.</summary>
    public static LocalClients Resolve(ImmutableArray<Written<AccessItemConfig>> items, LoadContext context)
    {
        var users = ImmutableArray.CreateBuilder<uint>();
        var groups = ImmutableArray.CreateBuilder<uint>();
        bool hasEveryUser = false;
        foreach (Written<AccessItemConfig> item in items)
        {
            switch (item.Value.Local)
            {
                case { User: { } user } when CredentialRules.FindUserId(new Written<Principal>(user, item.Place), context) is { } userId:
                    users.Add(userId);
                    break;
                case { Group: { } group } when CredentialRules.FindGroup(new Written<Principal>(group, item.Place), context) is { } groupId:
                    groups.Add(groupId);
                    break;
                case { User: null, Group: null }:
                    hasEveryUser = true;
                    break;
            }
        }

        return new LocalClients(users.ToImmutable(), groups.ToImmutable(), hasEveryUser);
    }

    /// <summary>Reports items that can match no client of the service, and a list that closes one of its sockets completely.</summary>
    public static void Check(MergedConfig config, LoadContext context)
    {
        if (config.Service.Listen is null)
        {
            return;
        }

        (bool hasPorts, bool hasSockets) = Kinds(config);
        CheckItems(config.Service.ProxyIn, hasPorts, hasSockets, context);

        // The client behind a proxy has an address, whichever socket the proxy uses.
        bool hasAddresses = hasPorts || config.Service.ProxyIn is not null;
        CheckItems(config.Service.OnlyFrom, hasAddresses, hasSockets, context);
        CheckItems(config.Service.NoAccess, hasAddresses, hasSockets, context);
        CheckItems(config.Service.CheckFrom, hasAddresses, hasSockets, context);
        foreach (Written<MatchConfig> rule in config.Service.Match?.Value ?? [])
        {
            CheckItems(rule.Value.From, hasAddresses, hasSockets, context);
        }

        if (config.Service.Reserve is { } reserve)
        {
            CheckItems(new(reserve.Value.From, reserve.Place), hasAddresses, hasSockets, context);
        }

        // Inherited addresses are meant for ports. An empty list is intended.
        if (hasSockets
            && config.Service.ProxyIn is null
            && config.Pick(keys => keys.OnlyFrom) is { Value.Length: > 0 } onlyFrom
            && onlyFrom.Value.All(item => item.Value.Local is null)
            && (hasPorts || config.Service.OnlyFrom is null))
        {
            context.Problems.Error(
                config.Blame(onlyFrom),
                $"only_from{config.Origin(onlyFrom)} lets nobody use the Unix-domain socket, whose clients have no address; "
                + "write only_from with \"uid:USER\", \"gid:GROUP\" or \"uid:*\" for everybody");
        }
    }

    private static void CheckItems(
        Written<ImmutableArray<Written<AccessItemConfig>>>? list,
        bool hasAddresses,
        bool hasSockets,
        LoadContext context)
    {
        foreach (Written<AccessItemConfig> item in list?.Value ?? [])
        {
            if (!hasSockets && item.Value.Local is { } local)
            {
                context.Problems.Error(
                    item.Place,
                    $"{Wording.Quote(local.Text)} can match nobody: no address of listen is a Unix-domain socket, and only its clients "
                    + "have a user; remove it");
            }
            else if (!hasAddresses && item.Value.Local is null)
            {
                context.Problems.Error(
                    item.Place,
                    "an address can match nobody: a client of a Unix-domain socket has none; write \"uid:USER\", \"gid:GROUP\" or "
                    + "\"uid:*\" for everybody");
            }
        }
    }

    /// <summary>Whether a list admits every client that can reach the service.</summary>
    public static bool IsEverybody(MergedConfig config, ImmutableArray<Written<AccessItemConfig>> items)
    {
        (bool hasPorts, bool hasSockets) = Kinds(config);
        bool allAddresses = Has(new IpPrefix(0, 0, IsV6: false)) && Has(new IpPrefix(0, 0, IsV6: true));
        bool allUsers = items.Any(item => item.Value.Local is { User: null, Group: null });
        return (!hasPorts || allAddresses) && (!hasSockets || allUsers);

        bool Has(IpPrefix all) => items.Any(item => item.Value is { File: null, Local: null } && item.Value.Prefix == all);
    }

    /// <summary>The list that admits every client, as TOML.</summary>
    public static string EverybodyOf(MergedConfig config)
    {
        (bool hasPorts, bool hasSockets) = Kinds(config);
        string addresses = "\"0.0.0.0/0\", \"::/0\"", users = "\"uid:*\"";
        return $"[{(hasPorts ? addresses : "")}{(hasPorts && hasSockets ? ", " : "")}{(hasSockets ? users : "")}]";
    }

    /// <summary>Which kinds of sockets the service listens on; ports if that is not known.</summary>
    private static (bool HasPorts, bool HasSockets) Kinds(MergedConfig config)
    {
        IEnumerable<Written<ListenConfig>> listen = config.Service.Listen?.Value ?? [];
        bool hasSockets = listen.Any(address => address.Value.Transport == Transport.Unix);
        return (!hasSockets || listen.Any(address => address.Value.Transport != Transport.Unix), hasSockets);
    }
}
