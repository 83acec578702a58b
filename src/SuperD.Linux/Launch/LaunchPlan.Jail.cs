using System.Globalization;

namespace SuperD.Linux;

/// <summary>The steps that make a jail, and those that enter one.</summary>
/// <remarks>
/// A jail is made once, by a child whose plan is <see cref="OfJail"/>; superd then opens the child's namespaces and ends it. A launch
/// enters them: <see cref="PlaceNamespaces"/>, <see cref="EnterNamespaces"/>, then what belongs to the one process: <see
/// cref="OwnMounts"/>, <see cref="MountTmp"/>, <see cref="MountProc"/>. They come after all steps that need the machine's /proc, and before
/// the credentials.
/// </remarks>
public sealed unsafe partial class LaunchPlan
{
    /// <summary>The descriptor where the plan of <see cref="OfJail"/> has the launch's socket, to which it writes one byte.</summary>
    private const int Ready = 0;

    /// <summary>Where the machine's root is while a jail is made; it is gone before a process enters.</summary>
    private const string Outside = "/.outside";

    private const int PR_SET_PDEATHSIG = 1;
    private const int PR_SET_DUMPABLE = 4;
    private const int MS_RDONLY = 1;
    private const int MS_NOSUID = 2;
    private const int MS_NODEV = 4;
    private const int MS_NOEXEC = 8;
    private const int MS_REC = 0x4000;
    private const int MS_PRIVATE = 0x40000;
    private const int MNT_DETACH = 2;
    private const int RegularFile = 0x8000; // S_IFREG
    private const int OPEN_TREE_CLONE = 1;
    private const int AT_RECURSIVE = 0x8000;
    private const int MOVE_MOUNT_F_EMPTY_PATH = 4;
    private const int SizeOfMountAttributes = 4 * sizeof(ulong);

    /// <summary>How many bytes of a /tmp there are for each file in it, since files that are empty take memory too.</summary>
    private const ulong BytesPerFile = 4096;

    private const ulong FewestFiles = 64;

    /// <summary>Those of <see cref="PlaceNamespaces"/>; the caller keeps them open during a launch.</summary>
    internal NamespaceSet? Namespaces { get; private set; }

    /// <summary>The CLONE_NEW* flags of the clone itself.</summary>
    internal long CloneFlags { get; private set; }

    /// <summary>
    /// The child that makes a jail: namespaces, a root, mounts. It writes a byte to its socket when all is done, and waits to be killed.
    /// </summary>
    /// <remarks>
    /// Each path is opened without following a link, copied as a tree of mounts, made read-only where it must be, and only then attached:
    /// nothing is ever there with more rights than it should have. All mounts are private first, so that none reaches the machine.
    /// The steps of a path are named <c>mount(PATH)</c>.
    /// </remarks>
    /// <param name="users">The namespace of <see cref="JailSpec.Users"/>; null without.</param>
    public static LaunchPlan OfJail(JailLayout layout, NamespaceSet? users = null)
    {
        LaunchPlan plan = ForBuilder(layout.Spec);
        plan.UnshareDescriptors();
        plan.PlaceSocket(Ready);
        plan.CloseDescriptorsFrom(users is null ? Ready + 1 : plan.PlaceNamespaces(users, Ready + 1));
        plan.Add("prctl(pdeathsig)", SystemCallNumber.Prctl, PR_SET_PDEATHSIG, Signal.SIGKILL);
        plan.SetUmask(0);
        if (users is not null)
        {
            plan.EnterNamespaces(Ready + 1);
            plan.CloseDescriptorsFrom(Ready + 1);
        }

        plan.MakeNamespaces(layout.Spec);
        plan.MakeRoot();
        foreach ((string path, string? target) in layout.Nodes)
        {
            plan.MakeNode(path, target);
        }

        foreach (JailMount mount in layout.Mounts)
        {
            plan.Mount(mount);
        }

        plan.Add("umount2", SystemCallNumber.Umount2, plan.Text(Outside), MNT_DETACH);
        plan.Add("rmdir", SystemCallNumber.Unlinkat, LibC.AT_FDCWD, plan.Text(Outside), LibC.AT_REMOVEDIR);
        plan.SetMountAttributes("mount_setattr(/)", LibC.AT_FDCWD, "/", flags: 0, MS_RDONLY | MS_NOSUID | MS_NODEV);
        plan.Add("sethostname", SystemCallNumber.Sethostname, plan.Text(layout.Spec.Hostname), layout.Spec.Hostname.Length);
        plan.Add("write", SystemCallNumber.Write, Ready, plan.Text("."), 1);
        plan.Pause();
        return plan;
    }

    /// <summary>The child that tries what a jail needs, and exits with 0.</summary>
    internal static LaunchPlan OfJailProbe(JailSpec spec)
    {
        LaunchPlan plan = ForBuilder(spec);
        plan.Add("close_range(unshare)", SystemCallNumber.CloseRange, Ready + 1, uint.MaxValue, CLOSE_RANGE_UNSHARE);
        plan.MakeNamespaces(spec);
        plan.MakeRoot();
        plan.SetMountAttributes("mount_setattr(/)", LibC.AT_FDCWD, "/", flags: 0, MS_RDONLY | MS_NOSUID | MS_NODEV);
        if (spec.Owner is null)
        {
            plan.NewPidNamespace();
            plan.Add("mount(/proc)", SystemCallNumber.Mount, plan.Text("proc"), plan.Text($"{Outside}/proc"), plan.Text("proc"));
        }

        plan.Add("exit_group", SystemCallNumber.ExitGroup);
        return plan;
    }

    /// <summary>Places the namespaces at descriptor numbers from this one on, close-on-exec; returns the first number after them.</summary>
    /// <remarks>Must come after <see cref="UnshareDescriptors"/> and before <see cref="CloseDescriptorsFrom"/>.</remarks>
    public int PlaceNamespaces(NamespaceSet namespaces, int first)
    {
        Namespaces = namespaces;
        for (int i = 0; i < NamespaceSet.Kinds.Length; i++)
        {
            if (namespaces.All[i] is not null)
            {
                Add(
                    $"dup3({NamespaceSet.Kinds[i].Name} namespace, {first})",
                    SystemCallNumber.Dup3,
                    (0, LaunchValue.FirstNamespaceSlot + i),
                    a1: first++,
                    a2: LibC.O_CLOEXEC);
            }
        }

        return first;
    }

    /// <summary>Enters the namespaces of <see cref="PlaceNamespaces"/>. The working directory is the jail's root then.</summary>
    public void EnterNamespaces(int first)
    {
        for (int i = 0; i < NamespaceSet.Kinds.Length; i++)
        {
            (string name, long flag) = NamespaceSet.Kinds[i];
            if (Namespaces!.All[i] is not null) // placed
            {
                Add($"setns({name})", SystemCallNumber.Setns, first++, flag);
            }
        }
    }

    /// <summary>The child is pid 1 of a pid namespace: when it ends, all others in there are killed.</summary>
    public void NewPidNamespace() => CloneFlags |= NamespaceSet.CLONE_NEWPID;

    /// <summary>What the child mounts from here on, only its own processes see; it goes with the last of them.</summary>
    public void OwnMounts() => Add("unshare(mnt)", SystemCallNumber.Unshare, NamespaceSet.CLONE_NEWNS);

    /// <summary>Mounts an empty /tmp of at most this many bytes.</summary>
    public void MountTmp(ulong bytes)
    {
        string options = string.Create(
            CultureInfo.InvariantCulture, $"mode=1777,size={bytes},nr_inodes={Math.Max(FewestFiles, bytes / BytesPerFile)}");
        Add("mount(/tmp)", SystemCallNumber.Mount, Text("tmpfs"), Text("/tmp"), Text("tmpfs"), MS_NOSUID | MS_NODEV, Text(options));
    }

    /// <summary>Mounts the /proc of the child's pid namespace, read-only: root could set the machine's sysctls by it.</summary>
    public void MountProc() => Add(
        "mount(/proc)", SystemCallNumber.Mount, Text("proc"), Text("/proc"), Text("proc"), MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);

    /// <summary>A plan whose child has memory of its own if it must be dumpable, which superd may not be.</summary>
    private static LaunchPlan ForBuilder(JailSpec spec) => new() { HasOwnMemory = spec.Owner is not null };

    private void MakeNamespaces(JailSpec spec)
    {
        long flags = JailTemplate.FlagsOf(spec);
        if (spec is { Owner: { } root, Users: not null })
        {
            // What it makes belongs to a user of the namespace, or the kernel would refuse to make it.
            flags &= ~NamespaceSet.CLONE_NEWUSER;
            Add("setgid", SystemCallNumber.Setresgid, root.GroupId, root.GroupId, root.GroupId);
            Add("setuid", SystemCallNumber.Setresuid, root.UserId, root.UserId, root.UserId);
        }

        if (spec.Owner is not null)
        {
            BecomeDumpable();
        }

        Add("unshare(namespaces)", SystemCallNumber.Unshare, flags);
        if (spec is { Owner: { } owner, Users: null })
        {
            // The user stays who he is. Without the first line the kernel does not let him write the last.
            WriteFile("/proc/self/setgroups", "deny");
            WriteFile("/proc/self/uid_map", string.Create(CultureInfo.InvariantCulture, $"{owner.UserId} {owner.UserId} 1"));
            WriteFile("/proc/self/gid_map", string.Create(CultureInfo.InvariantCulture, $"{owner.GroupId} {owner.GroupId} 1"));
        }
    }

    /// <summary>Its files in /proc are root's otherwise: nobody else could write its maps, nor superd open its namespaces.</summary>
    private void BecomeDumpable() => Add("prctl(dumpable)", SystemCallNumber.Prctl, PR_SET_DUMPABLE, 1);

    private void WriteFile(string path, string text)
    {
        const int Lowest = Ready + 1; // the only free numbers that the kernel gives out are those after it
        Open($"open({path})", path, LibC.O_WRONLY | LibC.O_CLOEXEC);
        Add($"write({path})", SystemCallNumber.Write, Lowest, Text(text), text.Length);
        Add("close", SystemCallNumber.Close, Lowest);
    }

    /// <summary>An empty root, with the machine's own at <see cref="Outside"/>.</summary>
    /// <remarks>It is mounted over /proc, which every machine has; the machine's /proc is below Outside then, and uncovered.</remarks>
    private void MakeRoot()
    {
        Add("mount(private)", SystemCallNumber.Mount, Text("none"), Text("/"), 0, MS_REC | MS_PRIVATE);
        Add(
            "mount(root)",
            SystemCallNumber.Mount,
            Text("jail"),
            Text("/proc"),
            Text("tmpfs"),
            MS_NOSUID | MS_NODEV,
            Text("mode=0755,size=1M"));
        ChangeDirectory("/proc");
        Add("mkdir(outside)", SystemCallNumber.Mkdirat, LibC.AT_FDCWD, Text(Outside[1..]), 0b111_000_000);
        Add("pivot_root", SystemCallNumber.PivotRoot, Text("."), Text(Outside[1..]));
        ChangeDirectory("/");
    }

    private void MakeNode(string path, string? target)
    {
        const int Directory = 0b111_101_101, File = 0b110_100_100;
        switch (target)
        {
            case null:
                Add($"mkdir({path})", SystemCallNumber.Mkdirat, LibC.AT_FDCWD, Text(path), Directory);
                break;
            case JailLayout.EmptyFile:
                Add($"mknod({path})", SystemCallNumber.Mknodat, LibC.AT_FDCWD, Text(path), RegularFile | File);
                break;
            default:
                Add($"symlink({path})", SystemCallNumber.Symlinkat, Text(target), LibC.AT_FDCWD, Text(path));
                break;
        }
    }

    private void Mount(JailMount mount)
    {
        // One directory after the other: openat2 would do it in one call, but RestrictSUIDSGID= of systemd takes that away.
        const int First = Ready + 1;
        string name = $"mount({mount.Target})";
        string[] parts = mount.Source.Split('/', StringSplitOptions.RemoveEmptyEntries);
        Open(name, Outside, LibC.O_PATH | LibC.O_CLOEXEC);
        for (int i = 0; i < parts.Length; i++)
        {
            Add(name, SystemCallNumber.Openat, First + i, Text(parts[i]), LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC);
        }

        int file = First + parts.Length, tree = file + 1;
        Add(
            name,
            SystemCallNumber.OpenTree,
            file,
            Text(string.Empty),
            OPEN_TREE_CLONE | AT_RECURSIVE | LibC.AT_EMPTY_PATH | LibC.O_CLOEXEC);
        int attributes = mount.Access switch
        {
            LandlockAccess.Read => MS_RDONLY | MS_NOSUID | MS_NODEV,
            LandlockAccess.Write => MS_NOSUID | MS_NODEV,
            _ => MS_RDONLY | MS_NOSUID | MS_NOEXEC, // a device itself can be written all the same; its mode cannot be changed
        };
        SetMountAttributes(name, tree, string.Empty, LibC.AT_EMPTY_PATH | AT_RECURSIVE, attributes);
        Add(name, SystemCallNumber.MoveMount, tree, Text(string.Empty), LibC.AT_FDCWD, Text(mount.Target), MOVE_MOUNT_F_EMPTY_PATH);
        CloseDescriptorsFrom(First);
    }

    /// <summary>MS_RDONLY, NOSUID, NODEV and NOEXEC are the same bits as MOUNT_ATTR_*.</summary>
    private void SetMountAttributes(string name, int directory, string path, int flags, int attributes)
    {
        nint set = Allocate(SizeOfMountAttributes); // struct mount_attr: what to set, what to clear, propagation, a user namespace
        *(ulong*)set = (ulong)attributes;
        Add(name, SystemCallNumber.MountSetattr, directory, Text(path), flags, set, SizeOfMountAttributes);
    }
}
