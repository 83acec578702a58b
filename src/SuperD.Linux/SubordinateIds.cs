using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace SuperD.Linux;

/// <summary>The ids that an administrator has given a user to use in namespaces of his own: subuid(5) and subgid(5).</summary>
public static class SubordinateIds
{
    /// <summary>The files, of users and of groups.</summary>
    public const string UserFile = "/etc/subuid", GroupFile = "/etc/subgid";

    private const int LargestFile = 4 * 1024 * 1024;

    /// <summary>The ranges whose ids a user has both as users and as groups, the largest first.</summary>
    /// <param name="name">Null for a user without one.</param>
    public static ImmutableArray<UserRange> Of(uint user, string? name)
    {
        var both = new List<UserRange>();
        List<UserRange> groups = Read(GroupFile, user, name);
        foreach (UserRange users in Read(UserFile, user, name))
        {
            foreach (UserRange other in groups)
            {
                (uint first, uint last) = (Math.Max(users.First, other.First), Math.Min(users.Last, other.Last));
                if (first <= last)
                {
                    both.Add(new UserRange(first, last));
                }
            }
        }

        both.Sort((one, another) => another.Count.CompareTo(one.Count));
        return [.. both];
    }

    /// <summary>An id behind those that anybody has: a range of a user who has none may begin there.</summary>
    public static uint FindFree()
    {
        const uint Usual = 100_000; // SUB_UID_MIN of login.defs(5)
        uint free = Usual;
        foreach ((_, UserRange range) in Lines(UserFile).Concat(Lines(GroupFile)))
        {
            free = range.Last < int.MaxValue ? Math.Max(free, range.Last + 1) : free;
        }

        return free;
    }

    private static List<UserRange> Read(string file, uint user, string? name) =>
        [.. Lines(file).Where(line => line.Name == name || line.Name == $"{user}").Select(line => line.Range)];

    /// <summary>A line is <c>NAME:FIRST:COUNT</c>, with a number for a name too. Others are no line.</summary>
    private static IEnumerable<(string Name, UserRange Range)> Lines(string file)
    {
        foreach (string line in Encoding.UTF8.GetString(SmallFile.Read(file, LargestFile).Bytes).Split('\n'))
        {
            if (line.Split(':') is [var name, var first, var count]
                && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out uint from)
                && uint.TryParse(count.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint many)
                && from > 0 && many is > 0 and <= int.MaxValue && from <= uint.MaxValue - many)
            {
                yield return (name, new UserRange(from, from + many - 1));
            }
        }
    }
}
