using System.Globalization;
using System.Text;

namespace SuperD.Linux;

/// <summary>What there is of users that exist only for a time: their processes, and what those leave behind. Not on the loop.</summary>
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
        [.. ProcessTable.All().SelectMany(ProcessTable.UsersOf).Where(users.Contains)];

    /// <summary>Those of them who have left a file in <see cref="Places"/> or an object of System V. Needs no right to remove it.</summary>
    public static HashSet<uint> FindOwners(IReadOnlySet<uint> users)
    {
        var owners = new HashSet<uint>();
        Visit(users, (_, _, file) => owners.Add(file.UserId));
        VisitObjects(users, (user, _, _) => owners.Add(user));
        return owners;
    }

    /// <summary>
    /// Removes the files in <see cref="Places"/> and the objects of System V that belong to them. They must have no process.
    /// </summary>
    /// <param name="becomes">
    /// Whether to become each user for that, as a process must that has privileges over them only and not over what a file is in.
    /// </param>
    /// <returns>Those of whom something is left.</returns>
    public static HashSet<uint> Remove(IReadOnlySet<uint> users, bool becomes = false)
    {
        var left = new HashSet<uint>();
        Visit(users, (directory, name, file) =>
        {
            Become(file.UserId);
            bool isEmpty = !file.IsDirectory || file.IsMount || TryEmpty(directory, name);
            if (!isEmpty || !directory.TryRemove(name, file.IsDirectory))
            {
                left.Add(file.UserId);
            }
        });
        VisitObjects(users, (user, id, remove) =>
        {
            Become(user);
            remove(id);
        });
        return left;

        // The raw call changes this thread alone. Without a root among the users of its namespace a process keeps its capabilities.
        void Become(uint user)
        {
            if (becomes)
            {
                _ = LibC.syscall((nint)SystemCallNumber.Setresuid, -1, (nint)user, -1, 0, 0);
            }
        }
    }

    /// <summary>Visits what belongs to them in <see cref="Places"/>, and not what is inside that.</summary>
    private static void Visit(IReadOnlySet<uint> users, Action<OpenDirectory, byte[], DirectoryEntry> visit)
    {
        foreach (string place in Places)
        {
            using OpenDirectory? directory = OpenDirectory.Open(place);
            if (directory is not null)
            {
                VisitIn(directory, users, visit, depth: 0);
            }
        }
    }

    private static void VisitIn(
        OpenDirectory directory, IReadOnlySet<uint> users, Action<OpenDirectory, byte[], DirectoryEntry> visit, int depth)
    {
        foreach (byte[] name in directory.Names())
        {
            if (directory.Look(name) is not { } file)
            {
                continue;
            }

            if (users.Contains(file.UserId))
            {
                visit(directory, name, file);
            }
            else if (file is { IsDirectory: true, IsMount: false }
                && (file.Permissions & (GroupWrite | OthersWrite)) != 0
                && depth < Deepest)
            {
                using OpenDirectory? inside = directory.Open(name);
                if (inside is not null)
                {
                    VisitIn(inside, users, visit, depth + 1);
                }
            }
        }
    }

    /// <summary>Removes all that is in a directory, whoever owns it.</summary>
    /// <remarks>
    /// Whoever made it may have made it deeper than a path is long, or than descriptors suffice. So nothing descends: the directories in a
    /// directory are moved up to the first one, until none has any.
    /// </remarks>
    private static bool TryEmpty(OpenDirectory parent, byte[] name)
    {
        using OpenDirectory? top = parent.Open(name);
        if (top is null)
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

                if (file is { IsDirectory: true, IsMount: false })
                {
                    isMoving |= MoveUp(top, child);
                }

                isEmpty &= top.TryRemove(child, file.IsDirectory);
            }
        }
        while (isMoving);

        return isEmpty;
    }

    /// <summary>Removes the files of a directory in the first one, and moves its directories there.</summary>
    /// <returns>Whether there was one.</returns>
    private static bool MoveUp(OpenDirectory top, byte[] name)
    {
        using OpenDirectory? inside = top.Open(name);
        bool isMoving = false;
        foreach (byte[] child in inside?.Names() ?? [])
        {
            if (inside!.Look(child) is { IsDirectory: true, IsMount: false }) // it has names
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
            foreach (string line in KernelFile.ReadLines(list).Skip(1))
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
