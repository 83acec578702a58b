using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Namespaces that processes enter, kept by their descriptors alone; see namespaces(7).</summary>
/// <param name="all">In the order of <see cref="Kinds"/>; null for those that a process shares with superd.</param>
public sealed class NamespaceSet(ImmutableArray<Fd?> all) : IDisposable
{
    /// <summary>Those that there may be, in the order in which a process enters them: the first gives the right to the rest.</summary>
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

    /// <summary>In the order of <see cref="Kinds"/>, for a handover.</summary>
    public ImmutableArray<Fd?> All => all;

    /// <summary>How many descriptors it has open.</summary>
    public int Descriptors => all.Count(one => one is not null);

    /// <summary>Whether <see cref="Dispose"/> has closed it.</summary>
    internal bool IsClosed => all.Any(one => one is { IsClosed: true });

    /// <summary>Opens those of a process.</summary>
    /// <param name="flags">Which ones, CLONE_NEW*.</param>
    internal static SysResult Open(int pid, long flags, out NamespaceSet? namespaces)
    {
        namespaces = null;
        var opened = ImmutableArray.CreateBuilder<Fd?>(Kinds.Length);
        foreach ((string name, long flag) in Kinds)
        {
            int fd = -1;
            if ((flags & flag) != 0 && (fd = LibC.open($"/proc/{pid}/ns/{name}", LibC.O_RDONLY | LibC.O_CLOEXEC, 0)) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                Close(opened);
                return SysResult.Error(errno);
            }

            opened.Add(fd < 0 ? null : new Fd(fd));
        }

        namespaces = new NamespaceSet(opened.MoveToImmutable());
        return SysResult.Ok();
    }

    /// <summary>Closes the descriptors. The namespaces live on until the last process in them ends.</summary>
    public void Dispose() => Close(all);

    private static void Close(IEnumerable<Fd?> namespaces)
    {
        foreach (Fd? one in namespaces)
        {
            one?.Dispose();
        }
    }
}
