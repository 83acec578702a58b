using System.Text;

namespace SuperD.Linux;

/// <summary>Opens a path step by step. systemd denies openat2(2) with <c>RestrictSUIDSGID=</c>, and old containers do.</summary>
internal static unsafe class PathWalk
{
    private const int MostLinks = 40; // as path_resolution(7)

    /// <summary>Opens a path for nothing but to name its inode; returns 0 or an errno.</summary>
    /// <param name="root">The directory that the path and all symbolic links in it start at, and that <c>..</c> does not leave.</param>
    /// <param name="followsLinks">False: a symbolic link on the way is ELOOP.</param>
    public static int Open(Fd? root, string path, bool followsLinks, out Fd? file)
    {
        file = null;
        var way = new Stack<Fd>(); // from the root on, to go back up
        try
        {
            int errno = root is null ? Open(LibC.AT_FDCWD, "/", out Fd? start) : root.Duplicate(out start).Errno;
            if (errno != 0)
            {
                return errno;
            }

            way.Push(start!); // no errno
            var rest = new Stack<string>(path.Split('/').Reverse());
            int links = 0;
            while (rest.TryPop(out string? name))
            {
                if (name is "" or ".")
                {
                    continue;
                }

                if (name == "..")
                {
                    GoUp(way, way.Count - 1);
                    continue;
                }

                errno = Open(way.Peek().Value, name, out Fd? next);
                if (errno != 0)
                {
                    return errno;
                }

                errno = FileStatus.TryRead(next!, out FileStatus status, out _); // no errno before
                if (errno == 0 && status.Kind != FileKind.SymbolicLink)
                {
                    way.Push(next!);
                    continue;
                }

                next!.Dispose();
                string? target = new FileInfo($"/proc/self/fd/{way.Peek().Value}/{name}").LinkTarget;
                if (errno != 0 || !followsLinks || target is null || ++links > MostLinks)
                {
                    return errno != 0 ? errno : Errno.ELOOP;
                }

                if (target.StartsWith('/'))
                {
                    GoUp(way, 1);
                }

                foreach (string part in target.Split('/').Reverse())
                {
                    rest.Push(part);
                }
            }

            file = way.Pop();
            return 0;
        }
        finally
        {
            foreach (Fd directory in way)
            {
                directory.Dispose();
            }
        }
    }

    /// <summary>Goes back until so many directories are left, the root among them.</summary>
    private static void GoUp(Stack<Fd> way, int left)
    {
        while (way.Count > Math.Max(1, left))
        {
            way.Pop().Dispose();
        }
    }

    private static int Open(int directory, string name, out Fd? file)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            int fd = LibC.openat(directory, text, LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
            file = fd >= 0 ? new Fd(fd) : null;
            return fd >= 0 ? 0 : System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        }
    }
}
