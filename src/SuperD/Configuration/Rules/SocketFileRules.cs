namespace SuperD.Configuration.Rules;

/// <summary>socket_mode and socket_owner: the file of a Unix-domain socket.</summary>
internal static class SocketFileRules
{
    /// <summary>The mode of the socket file; the default when none is written.</summary>
    public static int ResolveMode(MergedConfig config, LoadContext context)
    {
        CheckMeaning(config, config.Service.SocketMode, "socket_mode", context);
        return config.Service.SocketMode?.Value ?? ServiceDefinition.DefaultSocketMode;
    }

    /// <summary>The owner of the socket file; null when none is written. Unknown names are reported.</summary>
    public static SocketOwner? ResolveOwner(MergedConfig config, LoadContext context)
    {
        if (config.Service.SocketOwner is not { } owner)
        {
            return null;
        }

        CheckMeaning(config, owner, "socket_owner", context);
        uint? user = null, group = null;
        if (owner.Value.User is { } userWritten)
        {
            user = CredentialRules.FindUserId(new Written<Principal>(userWritten, owner.Place), context);
        }

        if (owner.Value.Group is { } groupWritten)
        {
            group = CredentialRules.FindGroup(new Written<Principal>(groupWritten, owner.Place), context);
        }

        CheckPrivilege(owner, user, group, context);
        return new SocketOwner(user, group);
    }

    private static void CheckMeaning<T>(MergedConfig config, Written<T>? written, string key, LoadContext context)
    {
        bool hasFile = config.Service.Listen is not { } listen
            || listen.Value.Any(address => address.Value.UnixName is { } name && !Linux.UnixSocket.IsAbstract(name));
        if (written is not null && !hasFile)
        {
            context.Problems.Error(
                written.Place,
                $"{key} has no meaning: no address of listen is a Unix-domain socket with a file (\"unix:PATH\"); delete the line");
        }
    }

    private static void CheckPrivilege(Written<SocketOwnerConfig> owner, uint? user, uint? group, LoadContext context)
    {
        HostContext host = context.Host;
        bool givesAway = user is { } other && other != host.UserId;
        bool isMember = group is not { } id || id == host.GroupId || host.Groups.Contains(id);
        if ((givesAway || !isMember) && !host.Has(Capability.Chown))
        {
            context.Problems.Error(
                owner.Place,
                $"socket_owner needs root or CAP_CHOWN: superd runs as {context.OwnUser()} and may only give files to groups it is in; "
                + $"{context.HowToBeAllowed}, or delete the line");
        }
    }
}
