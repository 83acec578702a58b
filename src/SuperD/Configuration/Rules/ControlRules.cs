using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>[control]: the place and owner of the console's socket.</summary>
internal static class ControlRules
{
    /// <summary>The console's definition; problems are reported.</summary>
    public static ControlDefinition Resolve(ServerConfig server, LoadContext context) => new()
    {
        Enabled = server.ControlEnabled?.Value ?? true,
        Socket = Socket(server.ControlSocket, context),
        Owner = server.ControlOwner is null ? null : Owner(server.ControlOwner, context),
        Group = server.ControlGroup is null ? null : Group(server.ControlGroup, context),
    };

    private static string? Socket(Written<string>? written, LoadContext context)
    {
        if (written is null)
        {
            return null;
        }

        string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(written.Place.File) ?? "", written.Value));
        int length = Encoding.UTF8.GetByteCount(path);
        if (length > UnixSocket.MaxNameBytes)
        {
            context.Problems.Error(
                written.Place,
                $"control.socket: the path {path} has {length} bytes, and Linux allows {UnixSocket.MaxNameBytes} for a socket; "
                + "choose a shorter one");
        }

        return path;
    }

    private static uint? Owner(Written<Principal> owner, LoadContext context)
    {
        if (owner.Value.Name is null)
        {
            return Permitted(owner, owner.Value.Id, context);
        }

        if (context.FindUser(owner.Value, out int errno) is { } user)
        {
            return Permitted(owner, user.UserId, context);
        }

        context.Problems.Error(owner.Place, Unknown("owner", "user", owner.Value, errno));
        return null;
    }

    private static uint? Group(Written<Principal> group, LoadContext context)
    {
        uint? id = group.Value.Name is null ? group.Value.Id : context.FindGroup(group.Value, out int errno)?.GroupId;
        if (id is null)
        {
            _ = context.FindGroup(group.Value, out errno);
            context.Problems.Error(group.Place, Unknown("group", "group", group.Value, errno));
            return null;
        }

        HostContext host = context.Host;
        if (!host.IsRoot && id != host.GroupId && !host.Groups.Contains(id.Value))
        {
            context.Problems.Error(
                group.Place,
                $"control.group = {group.Value} needs root: superd runs as {context.OwnUser()}, who is no member of it; "
                + "name a group it is in, or delete the line");
        }

        return id;
    }

    private static uint Permitted(Written<Principal> owner, uint id, LoadContext context)
    {
        if (!context.Host.IsRoot && id != context.Host.UserId)
        {
            context.Problems.Error(
                owner.Place,
                $"control.owner = {owner.Value} needs root: superd runs as {context.OwnUser()} and may not give files away; "
                + $"{context.HowToBeAllowed}, or delete the line");
        }

        return id;
    }

    private static string Unknown(string key, string noun, Principal name, int errno)
    {
        string database = noun == "user" ? "passwd" : "group";
        return errno == 0
            ? $"control.{key}: {noun} {name} is not known on this machine; name one of this machine ('getent {database}' lists them)"
            : $"control.{key}: the {noun} cannot be looked up: {Errno.Describe(errno)}; check the name service (nsswitch.conf)";
    }
}
