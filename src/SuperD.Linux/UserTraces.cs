using System.Globalization;
using System.Text;

namespace SuperD.Linux;

/// <summary>What there is of users that exist only for a time: their processes, and what those leave behind. Not on the loop.</summary>
/// <remarks>All of it throws an IOException when it cannot look for want of descriptors or memory: nobody is free then.</remarks>
public static class UserTraces
{
    /// <summary>Where everybody may make files.</summary>
    public static readonly IReadOnlyList<string> Places = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock"];

    /// <summary>Directories inside those that others may write to are looked into, down to this depth.</summary>
    private const int Deepest = 32;

    private const int GroupWrite = 0b010_000, OthersWrite = 0b000_010;

    /// <summary>System V's objects: the list, the column of the owner, that of the maker, and what removes one.</summary>
    private static readonly (string List, int Owner, int Maker, Action<int> Remove)[] s_objects =
    [
        ("/proc/sysvipc/shm", 7, 9, id => _ = LibC.shmctl(id, LibC.IPC_RMID, 0)),
        ("/proc/sysvipc/msg", 7, 9, id => _ = LibC.msgctl(id, LibC.IPC_RMID, 0)),
        ("/proc/sysvipc/sem", 4, 6, id => _ = LibC.semctl(id, 0, LibC.IPC_RMID)),
    ];

    /// <summary>Those of them that a process runs as, zombies too.</summary>
    public static HashSet<uint> FindLive(IReadOnlySet<uint> users) =>
        [.. ProcessTable.UsersOfAll().Where(users.Contains)];

    /// <summary>
    /// Those of them who have left a file in <see cref="Places"/>, an object of System V, or a key. Needs no right to remove it.
    /// </summary>
    public static HashSet<uint> FindOwners(IReadOnlySet<uint> users)
    {
        HashSet<uint> owners = [.. Keyring.FindOwners(users)];
        Visit(users, (_, _, _, file) => owners.Add(file.UserId));
        VisitObjects(users, (user, _, _) => owners.Add(user));
        return owners;
    }

    /// <summary>
    /// Removes the files in <see cref="Places"/>, the objects of System V and the keys that belong to them. They must have no process.
    /// </summary>
    /// <remarks>What others have in a directory of theirs is not removed, and so neither is the directory.</remarks>
    /// <param name="becomes">
    /// Whether to become each user for that, as a process must that has privileges over them only and not over what a file is in.
    /// </param>
    /// <param name="example">The path of something that is left; null if nothing is.</param>
    /// <returns>Those of whom something is left.</returns>
    public static HashSet<uint> Remove(IReadOnlySet<uint> users, bool becomes, out string? example)
    {
        var left = new HashSet<uint>();
        string? path = null;
        Visit(users, (place, directory, name, file) =>
        {
            if (becomes)
            {
                Become(file.UserId);
            }

            bool isEmpty = !file.IsDirectory || file.IsMount || TryEmpty(directory, name, file.UserId);
            if (!isEmpty || !directory.TryRemove(name, file.IsDirectory))
            {
                left.Add(file.UserId);
                path ??= PathOf(place, name);
            }
        });
        VisitObjects(users, (user, id, remove) =>
        {
            if (becomes)
            {
                Become(user);
            }

            remove(id);
        });
        uint own = LibC.geteuid();
        foreach (uint user in Keyring.FindOwners(users).ToArray())
        {
            Become(user);
            Keyring.Clear();
            Become(own);
        }

        example = path;
        return left;
    }

    /// <summary>Makes a user that of this thread, which keeps its saved id: root can return, others keep their capabilities.</summary>
    private static void Become(uint user) => _ = LibC.syscall((nint)SystemCallNumber.Setresuid, (nint)user, (nint)user, -1, 0, 0);

    /// <summary>Visits what belongs to them in <see cref="Places"/>, not what is inside that: the path above it, its name.</summary>
    private static void Visit(IReadOnlySet<uint> users, Action<string, OpenDirectory, byte[], DirectoryEntry> visit)
    {
        foreach (string place in Places)
        {
            using OpenDirectory? directory = OpenDirectory.Open(place);
            if (directory is not null)
            {
                VisitIn(place, directory, users, visit, depth: 0);
            }
        }
    }

    private static void VisitIn(
        string path,
        OpenDirectory directory,
        IReadOnlySet<uint> users,
        Action<string, OpenDirectory, byte[], DirectoryEntry> visit,
        int depth)
    {
        foreach (byte[] name in directory.Names())
        {
            if (directory.Look(name) is not { } file)
            {
                continue;
            }

            if (users.Contains(file.UserId))
            {
                visit(path, directory, name, file);
            }
            else if (file is { IsDirectory: true, IsMount: false }
                && (file.Permissions & (GroupWrite | OthersWrite)) != 0
                && depth < Deepest)
            {
                using OpenDirectory? inside = directory.Open(name);
                if (inside is not null)
                {
                    VisitIn(PathOf(path, name), inside, users, visit, depth + 1);
                }
            }
        }
    }

    private static string PathOf(string directory, byte[] name) =>
        $"{directory}/{Encoding.UTF8.GetString(name.AsSpan(0, name.Length - 1))}"; // without its NUL

    /// <summary>Removes all that is a user's in a directory of his.</summary>
    /// <remarks>
    /// Whoever made it may have made it deeper than a path is long, or than descriptors suffice. So nothing descends: the directories in a
    /// directory are moved up to the first one, until none has any. What somebody else has there stays where it is: he may not have put it
    /// there himself.
    /// </remarks>
    /// <returns>Whether it is empty now.</returns>
    private static bool TryEmpty(OpenDirectory parent, byte[] name, uint user)
    {
        using OpenDirectory? top = parent.Open(name);
        if (top?.UserId != user)
        {
            return false;
        }

        bool isMoving, isEmpty;
        do
        {
            (isMoving, isEmpty) = (false, true);
            foreach (byte[] child in top.Names())
            {
                if (top.Look(child) is not { } file)
                {
                    continue;
                }

                if (file.UserId != user)
                {
                    isEmpty = false;
                    continue;
                }

                if (file is { IsDirectory: true, IsMount: false })
                {
                    isMoving |= MoveUp(top, child, user);
                }

                isEmpty &= top.TryRemove(child, file.IsDirectory);
            }
        }
        while (isMoving);

        return isEmpty;
    }

    /// <summary>Removes the user's files of a directory in the first one, and moves his directories there.</summary>
    /// <returns>Whether there was one.</returns>
    private static bool MoveUp(OpenDirectory top, byte[] name, uint user)
    {
        using OpenDirectory? inside = top.Open(name);
        bool isMoving = false;
        foreach (byte[] child in inside?.UserId == user ? inside.Names() : [])
        {
            if (inside!.Look(child) is not { } file || file.UserId != user) // it has names
            {
                continue;
            }

            if (file is { IsDirectory: true, IsMount: false })
            {
                // A name that nobody can have chosen before.
                isMoving |= inside.TryMove(child, top, Encoding.ASCII.GetBytes($".{Random.Shared.NextInt64():x}\0"));
            }
            else
            {
                _ = inside.TryRemove(child, isDirectory: false);
            }
        }

        return isMoving;
    }

    /// <summary>Visits the objects of System V that they own or have made: whose one is, its number, and what removes it.</summary>
    private static void VisitObjects(IReadOnlySet<uint> users, Action<uint, int, Action<int>> visit)
    {
        foreach ((string list, int owner, int maker, Action<int> remove) in s_objects)
        {
            foreach (string line in KernelFile.ReadLinesOrFail(list).Skip(1))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if ((UserAt(owner) ?? UserAt(maker)) is { } user && int.TryParse(fields[1], CultureInfo.InvariantCulture, out int id))
                {
                    visit(user, id, remove);
                }

                uint? UserAt(int column) => fields.Length > column
                    && uint.TryParse(fields[column], CultureInfo.InvariantCulture, out uint user)
                    && users.Contains(user) ? user : null;
            }
        }
    }
}
