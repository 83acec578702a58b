using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>
/// A file that cannot be opened or executed until this is disposed, as if the disk did not respond; uses a lease, see fcntl(2).
/// </summary>
/// <remarks>The kernel breaks the lease after <c>/proc/sys/fs/lease-break-time</c>, usually 45 s.</remarks>
internal sealed class HungFile : IDisposable
{
    private const int F_SETSIG = 10;
    private const int F_SETLEASE = 1024;
    private const int F_WRLCK = 1;
    private const int SIGURG = 23; // ignored by default; the usual SIGIO would end the process

    private readonly SafeFileHandle _file;

    public HungFile(string path)
    {
        _file = File.OpenHandle(path, share: FileShare.ReadWrite);
        _ = NativeMethods.Control(_file, F_SETSIG, SIGURG);
        Assert.That(
            NativeMethods.Control(_file, F_SETLEASE, F_WRLCK),
            Is.Zero,
            $"a lease of {path}: somebody has it open, or its file system has no leases");
    }

    public void Dispose() => _file.Dispose();
}
