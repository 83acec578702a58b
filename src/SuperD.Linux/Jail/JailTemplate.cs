using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The namespaces that all processes of a jail enter, made once.</summary>
/// <param name="text">See <see cref="JailLayout.Text"/>.</param>
/// <param name="root">See <see cref="Root"/>.</param>
/// <param name="namespaces">See <see cref="Namespaces"/>.</param>
public sealed class JailTemplate(string text, Fd root, NamespaceSet namespaces) : IDisposable
{
    /// <summary>What the jail is; equal texts are equal jails.</summary>
    public string Text => text;

    /// <summary>Its root directory, opened for nothing but to name it.</summary>
    public Fd Root => root;

    /// <summary>Its namespaces; it has none of those that it shares with the machine.</summary>
    public NamespaceSet Namespaces => namespaces;

    /// <summary>How many descriptors it has open.</summary>
    public int Descriptors => 1 + namespaces.Descriptors;

    /// <summary>Opens the namespaces of a process that has made those of a layout.</summary>
    public static SysResult Open(int pid, JailLayout layout, out JailTemplate? template)
    {
        template = null;
        SysResult opened = NamespaceSet.Open(pid, FlagsOf(layout.Spec), out NamespaceSet? namespaces);
        if (opened.IsError)
        {
            return opened;
        }

        int root = LibC.open($"/proc/{pid}/root", LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (root < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            namespaces!.Dispose(); // it was opened
            return SysResult.Error(errno);
        }

        template = new JailTemplate(layout.Text, new Fd(root), namespaces!); // as above
        return SysResult.Ok();
    }

    /// <summary>The namespaces of a jail, CLONE_NEW*.</summary>
    internal static long FlagsOf(JailSpec spec) =>
        NamespaceSet.CLONE_NEWNS | NamespaceSet.CLONE_NEWIPC | NamespaceSet.CLONE_NEWUTS
        | (spec.HasOwnNetwork ? NamespaceSet.CLONE_NEWNET : 0)
        | (spec.Owner is null ? 0 : NamespaceSet.CLONE_NEWUSER);

    /// <summary>Closes the descriptors. The jail lives on until the last process in it ends.</summary>
    public void Dispose()
    {
        root.Dispose();
        namespaces.Dispose();
    }
}
