using System.Globalization;
using System.Net;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>The client that <c>why</c> is asked about, as text.</summary>
/// <remarks>
/// An address, which may have a port: <c>192.0.2.7:50112</c>. Or a user of this machine and its groups: <c>uid:1000,gid:100,gid:27</c>,
/// or as the log's <c>peer=</c>: <c>unix:uid=1000,gid=100,pid=4711</c>. They have numbers, because a look-up of names may block.
/// </remarks>
internal static class ClientText
{
    /// <summary>What <c>peer=</c> starts with for a client of a Unix-domain socket.</summary>
    public const string LogPrefix = "unix:";

    /// <summary>What an item names.</summary>
    public const string User = "uid", Group = "gid", Process = "pid";

    private const int LengthOfName = 3;

    /// <summary>Whether the text is meant to be a user of this machine.</summary>
    public static bool IsUser(string text) =>
        text.StartsWith(LogPrefix, StringComparison.Ordinal) || (text.Length > LengthOfName && Split(text) is { Name: User or Group });

    /// <summary>An item's name and value: <c>uid:1000</c> or <c>uid=1000</c>.</summary>
    public static (string Name, string Value) Split(string item) => item.Length > LengthOfName && item[LengthOfName] is ':' or '='
        ? (item[..LengthOfName], item[(LengthOfName + 1)..])
        : (string.Empty, item);

    /// <summary>The items of a user, without the prefix of the log.</summary>
    public static string[] ItemsOf(string text) =>
        (text.StartsWith(LogPrefix, StringComparison.Ordinal) ? text[LogPrefix.Length..] : text).Split(',');

    /// <summary>Reads a client. Null, or what is wrong with the text, to be put after it.</summary>
    public static string? WhatIsWrong(string text, out Peer client)
    {
        client = default;
        if (IsUser(text))
        {
            return TryReadUser(text, out client)
                ? null
                : "is no user; write uid:NUMBER, and gid:NUMBER for each group: \"uid:1000,gid:100\"";
        }

        string? wrong = IpPrefix.WhatIsWrong(WithoutPort(text), out IpPrefix prefix);
        wrong ??= text.Contains('/') ? "is a range; give one address" : null;
        client = wrong is null ? new Peer(prefix.FirstAddress) : default;
        return wrong;
    }

    private static bool TryReadUser(string text, out Peer client)
    {
        uint user = uint.MaxValue; // no user has this number
        var groups = new List<uint>();
        client = default;
        foreach (string item in ItemsOf(text))
        {
            (string name, string value) = Split(item);
            if (name is not (User or Group or Process)
                || !uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
            {
                return false;
            }

            if (name == User)
            {
                user = id;
            }
            else if (name == Group)
            {
                groups.Add(id);
            }
        }

        client = new Peer(new PeerCredentials(user, groups is [var first, ..] ? first : uint.MaxValue, 0) { Groups = [.. groups] });
        return true;
    }

    /// <summary>The address of <c>192.0.2.7:50112</c> or <c>[2001:db8::5]:50112</c>; any other text as it is.</summary>
    private static string WithoutPort(string text) =>
        (text.StartsWith('[') || text.Count(letter => letter == ':') == 1) && IPEndPoint.TryParse(text, out IPEndPoint? peer)
            ? peer.Address.ToString()
            : text;
}
