using System.Globalization;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>A client of a Unix-domain socket for <c>superd why</c>: puts numbers for names, and adds the user's groups.</summary>
/// <remarks>Here, because superd's loop must not wait for a name service.</remarks>
internal static class LocalClient
{
    /// <summary>The client with numbers only: <c>uid:alice</c> becomes <c>uid:1000,gid:100,gid:27</c>.</summary>
    /// <param name="problem">Null, or a sentence about a name that is unknown.</param>
    public static string Complete(string text, out string? problem)
    {
        problem = null;
        var items = new List<string>();
        var groups = new List<string>();
        foreach (string item in ClientText.ItemsOf(text))
        {
            (string name, string value) = ClientText.Split(item);
            bool isNumber = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint id);
            if (name == ClientText.User)
            {
                User? user = isNumber ? UserDatabase.FindUser(id, out _) : UserDatabase.FindUser(value, out _);
                problem ??= isNumber || user is not null ? null : Unknown("user", item);
                items.Add($"{name}:{user?.UserId ?? id}");
                IEnumerable<uint> own = user is null ? [] : [user.GroupId, .. UserDatabase.GroupsOf(user.Name, user.GroupId)];
                groups.AddRange(own.Select(gid => $"{ClientText.Group}:{gid}"));
            }
            else if (name == ClientText.Group && !isNumber)
            {
                Group? group = UserDatabase.FindGroup(value, out _);
                problem ??= group is null ? Unknown("group", item) : null;
                items.Add($"{name}:{group?.GroupId}");
            }
            else
            {
                items.Add(item);
            }
        }

        return string.Join(',', items.Concat(groups).Distinct());
    }

    private static string Unknown(string what, string item) =>
        $"there is no {what} {Wording.Quote(ClientText.Split(item).Value)} on this machine; write one client as uid:USER or gid:GROUP";
}
