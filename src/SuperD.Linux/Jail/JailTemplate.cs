using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>The namespaces that all processes of a jail enter: made once, and kept by their descriptors alone.</summary>
/// <param name="text">See <see cref="JailLayout.Text"/>.</param>
/// <param name="root">See <see cref="Root"/>.</param>
/// <param name="namespaces">In the order of <see cref="Kinds"/>; null for those that the jail shares with the machine.</param>
public sealed class JailTemplate(string text, Fd root, ImmutableArray<Fd?> namespaces) : IDisposable
{
    /// <summary>Those that a jail may have, in the order in which a process enters them: the first gives the right to the rest.</summary>
    internal static readonly ImmutableArray<(string Name, long Flag)> Kinds =
    [
        ("user", CLONE_NEWUSER), ("mnt", CLONE_NEWNS), ("net", CLONE_NEWNET), ("ipc", CLONE_NEWIPC), ("uts", CLONE_NEWUTS),
    ];

    internal const long CLONE_NEWNS = 0x00020000;
    internal const long CLONE_NEWUTS = 0x04000000;
    internal const long CLONE_NEWIPC = 0x08000000;
    internal const long CLONE_NEWUSER = 0x10000000;
    internal const long CLONE_NEWPID = 0x20000000;
    internal const long CLONE_NEWNET = 0x40000000;

    /// <summary>What the jail is; equal texts are equal jails.</summary>
    public string Text => text;

    /// <summary>Its root directory, opened for nothing but to name it.</summary>
    public Fd Root => root;

    /// <summary>Its namespaces, for a handover; null for those that it shares with the machine.</summary>
    public ImmutableArray<Fd?> Namespaces => namespaces;

    /// <summary>How many descriptors it has open.</summary>
    public int Descriptors => 1 + namespaces.Count(one => one is not null);

    /// <summary>Whether <see cref="Dispose"/> has closed it.</summary>
    internal bool IsClosed => namespaces.Any(one => one is { IsClosed: true });

    /// <summary>Opens the namespaces of a process that has made those of a layout.</summary>
    public static SysResult Open(int pid, JailLayout layout, out JailTemplate? template)
    {
        template = null;
        var opened = ImmutableArray.CreateBuilder<Fd?>(Kinds.Length);
        foreach ((string name, long flag) in Kinds)
        {
            int fd = -1;
            if ((FlagsOf(layout.Spec) & flag) != 0 && (fd = LibC.open($"/proc/{pid}/ns/{name}", LibC.O_RDONLY | LibC.O_CLOEXEC, 0)) < 0)
            {
                return Fail();
            }

            opened.Add(fd < 0 ? null : new Fd(fd));
        }

        int root = LibC.open($"/proc/{pid}/root", LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (root < 0)
        {
            return Fail();
        }

        template = new JailTemplate(layout.Text, new Fd(root), opened.MoveToImmutable());
        return SysResult.Ok();

        SysResult Fail()
        {
            int errno = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            Close(opened);
            return SysResult.Error(errno);
        }
    }

    /// <summary>The namespaces of a jail, CLONE_NEW*.</summary>
    internal static long FlagsOf(JailSpec spec) =>
        CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS
        | (spec.HasOwnNetwork ? CLONE_NEWNET : 0)
        | (spec.Owner is null ? 0 : CLONE_NEWUSER);

    /// <summary>Closes the descriptors. The namespaces live on until the last process in them ends.</summary>
    public void Dispose()
    {
        root.Dispose();
        Close(namespaces);
    }

    private static void Close(IEnumerable<Fd?> namespaces)
    {
        foreach (Fd? one in namespaces)
        {
            one?.Dispose();
        }
    }
}
